import { createHash } from 'node:crypto';
import type { ByteReader } from './byte-reader.ts';
import { damaged } from './damaged.ts';

/**
 * The outside of a backup: a frame with the header, the content, and a frame with the SHA-256 of everything before it.
 * Both are skippable frames of zstd (RFC 8878, 3.1.2), so that `zstd -d` passes over them.
 */

/** `0x184D2A5C` and `0x184D2A5D`, in little-endian. */
const headerMagic = Buffer.from([0x5c, 0x2a, 0x4d, 0x18]);
const trailerMagic = Buffer.from([0x5d, 0x2a, 0x4d, 0x18]);
const digestBytes = 32;
/** Magic and length of a frame. */
const frameHeadBytes = 8;
const mostHeaderBytes = 64 * 1024;
export const trailerBytes = frameHeadBytes + digestBytes;

/** The frame with the header: a JSON text, and its own SHA-256, by which damage is told from a wrong passphrase. */
export function headerFrame(text: string): Buffer {
  const bytes = Buffer.from(text);
  return frame(headerMagic, Buffer.concat([bytes, sha256(bytes)]));
}

/** The whole file: header, content and trailer. */
export async function* framed(text: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const head = headerFrame(text);
  hash.update(head);
  yield head;
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  yield frame(trailerMagic, hash.digest());
}

/** The frame of a header, and its text. @throws AppError `backup_damaged` when the file does not begin as a backup does */
export async function readHeader(source: ByteReader): Promise<{ text: string; frame: Buffer }> {
  const head = await source.upTo(frameHeadBytes);
  const frame = Buffer.concat([head, await source.upTo(payloadBytesOf(head))]);
  return { text: headerIn(frame), frame };
}

/** The text of the header that a file begins with. @throws AppError `backup_damaged` */
export function headerIn(file: Buffer): string {
  const end = frameHeadBytes + payloadBytesOf(file);
  if (file.length < end) throw damaged('it is cut short');
  const bytes = file.subarray(frameHeadBytes, end - digestBytes);
  if (!sha256(bytes).equals(file.subarray(end - digestBytes, end))) throw damaged('its header was changed');
  return bytes.toString('utf8');
}

function payloadBytesOf(head: Buffer): number {
  if (head.length === 0) throw damaged('the file is empty');
  const begins = head.subarray(0, headerMagic.length);
  if (!begins.equals(headerMagic.subarray(0, begins.length))) throw damaged('the file does not begin as a backup does');
  if (head.length < frameHeadBytes) throw damaged('it is cut short');
  const size = head.readUInt32LE(headerMagic.length);
  if (size <= digestBytes || size > mostHeaderBytes) throw damaged('its header has no size that can be');
  return size;
}

/**
 * The content between header and trailer.
 *
 * @param header the frame that was read before
 * @param ended receives the digest of the file, in hex, once the trailer was verified
 * @throws AppError `backup_damaged` at the end, when any byte differs from what was written
 */
export async function* contentOf(
  source: ByteReader,
  header: Uint8Array,
  ended: (digest: string) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256').update(header);
  let held = Buffer.alloc(0);
  for await (const chunk of source.remaining()) {
    const all = Buffer.concat([held, chunk]);
    const content = all.subarray(0, Math.max(0, all.length - trailerBytes));
    held = all.subarray(content.length);
    if (content.length === 0) continue;
    hash.update(content);
    yield content;
  }
  const digest = hash.digest();
  if (!held.equals(frame(trailerMagic, digest))) throw damaged('it does not have the digest at its end');
  ended(digest.toString('hex'));
}

function frame(magic: Buffer, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(frameHeadBytes);
  magic.copy(head);
  head.writeUInt32LE(payload.length, 4);
  return Buffer.concat([head, payload]);
}

/** The digest in a trailer, in hex; undefined when the bytes are no trailer. */
export function digestIn(trailer: Buffer): string | undefined {
  const isOne = trailer.length === trailerBytes && frame(trailerMagic, trailer.subarray(8)).equals(trailer);
  return isOne ? trailer.subarray(frameHeadBytes).toString('hex') : undefined;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
