import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../../lib/errors.ts';
import { derivedLater, newDerivation } from '../../../store/passphrase.ts';
import { ByteReader } from './byte-reader.ts';
import { damaged } from './damaged.ts';
import type { SealedWith } from './header.ts';

/**
 * Encryption of a stream in chunks that cannot be reordered, removed or added to: STREAM (Hoang, Reyhanitabar, Rogaway and
 * Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", section 7) over AES-256-GCM. The nonce of a
 * chunk is seven random bytes, the number of the chunk in four, and one byte that is 1 only for the last chunk. The key is made
 * for one file: its salt is random. The header is authenticated with each chunk.
 */

const chunkBytes = 64 * 1024;
const tagBytes = 16;
const nonceBytes = 7;
const mostChunks = 2 ** 32;

/** The key of one file. */
export interface SealingKey {
  readonly sealed: SealedWith;
  readonly key: Uint8Array;
}

/** Derives a key for a new file, in a thread of its own. */
export async function newSealingKey(passphrase: string, derivation = newDerivation()): Promise<SealingKey> {
  const secret = await derivedLater(passphrase, derivation);
  const sealed = {
    cipher: 'AES-256-GCM-STREAM',
    derivation,
    nonce: randomBytes(nonceBytes).toString('base64url'),
    check: checkOf(secret).toString('base64url'),
  } as const;
  return { sealed, key: part(secret, 'commissaire backup content', 32) };
}

/**
 * The key of an existing file.
 *
 * @throws AppError `backup_sealed` without a passphrase, `backup_passphrase_wrong`
 */
export async function sealingKeyOf(sealed: SealedWith, passphrase: string | undefined): Promise<SealingKey> {
  if (passphrase === undefined) {
    throw new AppError('backup_sealed', 'the backup is sealed with a passphrase, and none was given', {
      hint: 'name the file of the passphrase with --passphrase-file',
    });
  }
  const secret = await derivedLater(passphrase, sealed.derivation);
  const [expected, found] = [Buffer.from(sealed.check, 'base64url'), checkOf(secret)];
  if (expected.length !== found.length || !timingSafeEqual(expected, found)) {
    throw new AppError('backup_passphrase_wrong', 'the passphrase is not the one that the backup was sealed with', {
      hint: 'give the right one with --passphrase-file; the file itself is not damaged there',
    });
  }
  return { sealed, key: part(secret, 'commissaire backup content', 32) };
}

/** Encrypts a stream. @param header the text of the header, which has `sealed` */
export async function* sealedBytes(
  plain: AsyncIterable<Uint8Array>,
  { sealed, key }: SealingKey,
  header: string,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(plain);
  const about = aboutOf(header);
  let chunk = await reader.upTo(chunkBytes);
  for (let number = 0; ; number += 1) {
    const next = chunk.length < chunkBytes ? Buffer.alloc(0) : await reader.upTo(chunkBytes);
    const isLast = next.length === 0;
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(sealed, number, isLast)).setAAD(about);
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
    if (isLast) return;
    chunk = next;
  }
}

/** Decrypts a stream. @throws AppError `backup_damaged` at the first chunk that is not as it was written */
export async function* openedBytes(
  content: AsyncIterable<Uint8Array>,
  { sealed, key }: SealingKey,
  header: string,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(content);
  const about = aboutOf(header);
  let chunk = await reader.upTo(chunkBytes + tagBytes);
  for (let number = 0; ; number += 1) {
    const next = chunk.length < chunkBytes + tagBytes ? Buffer.alloc(0) : await reader.upTo(chunkBytes + tagBytes);
    const isLast = next.length === 0;
    yield opened(chunk, { key, nonce: nonceOf(sealed, number, isLast), about });
    if (isLast) return;
    chunk = next;
  }
}

function opened(chunk: Buffer, { key, nonce, about }: { key: Uint8Array; nonce: Buffer; about: Buffer }): Buffer {
  if (chunk.length < tagBytes) throw damaged('its sealed content is cut short');
  const end = chunk.length - tagBytes;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(about).setAuthTag(chunk.subarray(end));
    return Buffer.concat([decipher.update(chunk.subarray(0, end)), decipher.final()]);
  } catch (cause) {
    throw damaged('its sealed content was changed, cut short or reordered', cause);
  }
}

function nonceOf({ nonce }: SealedWith, number: number, isLast: boolean): Buffer {
  if (number >= mostChunks) throw damaged('it has more chunks than there can be');
  const bytes = Buffer.alloc(12);
  Buffer.from(nonce, 'base64url').copy(bytes, 0, 0, nonceBytes);
  bytes.writeUInt32BE(number, nonceBytes);
  bytes.writeUInt8(isLast ? 1 : 0, 11);
  return bytes;
}

function aboutOf(header: string): Buffer {
  return createHash('sha256').update(header).digest();
}

function checkOf(secret: Uint8Array): Buffer {
  return part(secret, 'commissaire backup passphrase', 16);
}

function part(secret: Uint8Array, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, length));
}
