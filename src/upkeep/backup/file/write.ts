import { createReadStream } from 'node:fs';
import { parseTimestamp } from '../../../lib/clock.ts';
import { AppError } from '../../../lib/errors.ts';
import { compressed } from './compression.ts';
import { framed } from './frames.ts';
import type { BackupHeader } from './header.ts';
import { type Manifest, manifestName } from './manifest.ts';
import { type SealingKey, sealedBytes } from './sealing.ts';
import { archiveEnd, entryHead, paddingOf } from './tar.ts';

/** What a backup is made of. */
export interface BackupContent {
  readonly manifest: Manifest;
  /** Where a part of the manifest can be read; nothing changes it meanwhile. */
  readonly pathOf: (name: string) => string;
  /** Encrypts the content, if there is one. */
  readonly key?: SealingKey | undefined;
  /** Called with the bytes of parts that were read since the last call. */
  readonly read?: ((bytes: number) => void) | undefined;
}

/** The bytes of a backup, as they are read: memory holds a few chunks. */
export function backupBytes(content: BackupContent): AsyncIterable<Uint8Array> {
  const { manifest, key } = content;
  const { version, created_at, host, master_key } = manifest;
  const about = { version, created_at, host, master_key };
  const header: BackupHeader = { commissaire_backup: 1, ...about, sealed: key?.sealed ?? null };
  const text = JSON.stringify(header);
  const archive = compressed(archiveOf(content));
  return framed(text, key === undefined ? archive : sealedBytes(archive, key, text));
}

async function* archiveOf({ manifest, pathOf, read = () => {} }: BackupContent): AsyncGenerator<Uint8Array> {
  const seconds = secondsOf(manifest);
  const text = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  yield entryHead({ name: manifestName, size: text.length, mode: 0o600 }, seconds);
  yield text;
  yield Buffer.alloc(paddingOf(text.length));
  for (const { name, size, mode } of manifest.parts) {
    yield entryHead({ name, size, mode: Number.parseInt(mode, 8) }, seconds);
    yield* bytesOf(pathOf(name), size, read);
    yield Buffer.alloc(paddingOf(size));
  }
  yield archiveEnd;
}

async function* bytesOf(path: string, size: number, read: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    length += chunk.length;
    read(chunk.length);
    yield chunk;
  }
  if (length === size) return;
  throw new AppError('store_unusable', `${path} has ${length} bytes and had ${size} when the backup began`, {
    hint: 'make the backup again; nothing but the backup may write there meanwhile',
  });
}

/** The time of the entries. */
export function secondsOf({ created_at }: Pick<Manifest, 'created_at'>): number {
  return Math.floor(parseTimestamp(created_at) / 1000);
}
