import { createHash } from 'node:crypto';
import { ByteReader } from './byte-reader.ts';
import { decompressed } from './compression.ts';
import { damaged } from './damaged.ts';
import { contentOf, readHeader } from './frames.ts';
import { type BackupHeader, parsedHeader } from './header.ts';
import { type Manifest, manifestName, mostManifestBytes, type Part, parsedManifest } from './manifest.ts';
import { openedBytes, sealingKeyOf } from './sealing.ts';
import { archiveEnd, entryHead, paddingOf } from './tar.ts';
import { secondsOf } from './write.ts';

/** What a reader does with a backup. Nothing that it gets is certain until `readBackup` resolves. */
export interface BackupReader {
  /** Called before the parts. It may refuse the backup by throwing. */
  begin(manifest: Manifest): Promise<void> | void;
  /** Reads the whole content of a part. */
  part(part: Part, content: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface ReadBackup {
  readonly header: BackupHeader;
  readonly manifest: Manifest;
  /** SHA-256 of the file without its last 40 bytes, which contain it, in hex. */
  readonly digest: string;
}

/**
 * Reads a backup and verifies every byte of it: the digests of its parts, the frame around them, and the digest at the end.
 *
 * @throws AppError `backup_damaged`, `backup_newer`, `backup_sealed`, `backup_passphrase_wrong`; what the reader throws
 */
export async function readBackup(
  source: AsyncIterable<Uint8Array>,
  passphrase: string | undefined,
  reader: BackupReader,
): Promise<ReadBackup> {
  const file = new ByteReader(source);
  try {
    const { text, frame } = await readHeader(file);
    const header = parsedHeader(text);
    const key = header.sealed === null ? undefined : await sealingKeyOf(header.sealed, passphrase);
    let digest = '';
    const content = contentOf(file, frame, (found) => {
      digest = found;
    });
    const archive = new ByteReader(decompressed(key === undefined ? content : openedBytes(content, key, text)));
    const manifest = await readArchive(archive, header, reader);
    if (digest === '') throw damaged('something follows its content');
    return { header, manifest, digest };
  } finally {
    await file.stop();
  }
}

/** Every byte of the archive follows from the manifest, except the contents, whose digests it has. */
async function readArchive(archive: ByteReader, header: BackupHeader, reader: BackupReader): Promise<Manifest> {
  const { manifest, seconds } = await readManifest(archive, header);
  await reader.begin(manifest);
  for (const part of manifest.parts) {
    await expectBytes(archive, entryHead({ ...part, mode: Number.parseInt(part.mode, 8) }, seconds), part.name);
    await readPart(archive, part, reader);
    await expectBytes(archive, Buffer.alloc(paddingOf(part.size)), part.name);
  }
  await expectBytes(archive, Buffer.from(archiveEnd), 'the end');
  // Reads on to the end, where the digest of the whole file is verified.
  if ((await archive.some(1)) !== undefined) throw damaged('something follows its last part');
  return manifest;
}

async function readManifest(archive: ByteReader, header: BackupHeader) {
  const seconds = secondsOf(header);
  const head = await archive.exactly(512);
  const size = Number.parseInt(head.toString('latin1', 124, 135), 8);
  const expected = Number.isSafeInteger(size) && entryHead({ name: manifestName, size, mode: 0o600 }, seconds);
  if (expected === false || !expected.equals(head) || size > mostManifestBytes) throw damaged('it has no manifest');
  const manifest = parsedManifest(await archive.exactly(size));
  await expectBytes(archive, Buffer.alloc(paddingOf(size)), manifestName);
  const differs = (['version', 'created_at', 'host', 'master_key'] as const).some(
    (member) => manifest[member] !== header[member],
  );
  if (differs) throw damaged('its header and its manifest differ');
  return { manifest, seconds };
}

async function readPart(archive: ByteReader, part: Part, reader: BackupReader): Promise<void> {
  const hash = createHash('sha256');
  let left = part.size;
  const content = (async function* () {
    while (left > 0) {
      const chunk = await archive.some(left);
      if (chunk === undefined) throw damaged('it is cut short');
      left -= chunk.length;
      hash.update(chunk);
      yield chunk;
    }
  })();
  await reader.part(part, content);
  if (left > 0) throw new Error(`the reader of ${part.name} left ${left} bytes`);
  if (hash.digest('hex') !== part.sha256) throw damaged(`${part.name} does not have its digest`);
}

async function expectBytes(archive: ByteReader, expected: Buffer, where: string): Promise<void> {
  if (!(await archive.exactly(expected.length)).equals(expected)) throw damaged(`the archive is not whole at ${where}`);
}

/** A reader that keeps nothing: for a verification. */
export const verifying: BackupReader = {
  begin() {},
  async part(_, content) {
    for await (const _chunk of content);
  },
};
