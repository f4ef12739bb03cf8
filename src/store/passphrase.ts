import { createCipheriv, createDecipheriv, randomBytes, scrypt, scryptSync, timingSafeEqual } from 'node:crypto';
import { type Static, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../lib/errors.ts';
import { Turns } from '../lib/turns.ts';

/** How a key is derived from a passphrase: scrypt (RFC 7914). */
export const Derivation = t.Object({
  kdf: t.Literal('scrypt'),
  cost: t.Integer({ minimum: 1024, maximum: 2 ** 20 }),
  block_size: t.Integer({ minimum: 1, maximum: 32 }),
  parallelization: t.Integer({ minimum: 1, maximum: 16 }),
  salt: t.String(),
});
export type Derivation = Static<typeof Derivation>;

/**
 * A text, encrypted by A256GCM with a key derived from a passphrase. The encryption authenticates the derivation too.
 */
const Wrapped = t.Object({
  wrapped: t.Literal('commissaire master key'),
  derivation: Derivation,
  iv: t.String(),
  tag: t.String(),
  text: t.String(),
});

/** A passphrase after the slow derivation. */
export interface Passphrase {
  readonly derivation: Derivation;
  readonly key: Uint8Array;
}

/** 128 MiB and about 0.3 s, once at each start. */
const strength = { kdf: 'scrypt', cost: 2 ** 17, block_size: 8, parallelization: 1 } as const;

/** Derives a key with a new salt. */
export function passphraseOf(text: string): Passphrase {
  const derivation = newDerivation();
  return { derivation, key: derived(text, derivation) };
}

/** The same without keeping the thread meanwhile. */
export async function passphraseLater(text: string): Promise<Passphrase> {
  const derivation = newDerivation();
  return { derivation, key: await derivedLater(text, derivation) };
}

/** Whether a text is this passphrase. Does not keep the thread meanwhile. */
export async function isPassphrase(text: string, { derivation, key }: Passphrase): Promise<boolean> {
  return timingSafeEqual(await derivedLater(text, derivation), key);
}

/** With a new salt. */
export function newDerivation(): Derivation {
  return { ...strength, salt: randomBytes(16).toString('base64url') };
}

export function isWrapped(text: string): boolean {
  return text.trimStart().startsWith('{');
}

export function wrapped(plain: string, { derivation, key }: Passphrase): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bytesOf(derivation));
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  const parts = { iv, tag: cipher.getAuthTag(), text };
  const encoded = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.toString('base64url')]));
  return `${JSON.stringify({ wrapped: 'commissaire master key', derivation, ...encoded }, null, 2)}\n`;
}

/**
 * Decrypts a wrapped text, and returns the passphrase to wrap it with again.
 *
 * @throws AppError `store_unusable` when the passphrase is missing or wrong, or the text was changed
 */
export function passphraseFor(
  text: string,
  passphrase: string | undefined,
  path: string,
): { wrapping: Passphrase; plain: string } {
  const found = parsed(text, path);
  if (passphrase === undefined) {
    throw new AppError('store_unusable', `the master key ${path} is protected by a passphrase, and none was given`, {
      hint: 'name its file with master-passphrase-file, or give the service the credential commissaire-passphrase',
    });
  }
  const wrapping = { derivation: found.derivation, key: derived(passphrase, found.derivation) };
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrapping.key, bytesIn(found.iv), { authTagLength: 16 });
    decipher.setAAD(bytesOf(found.derivation)).setAuthTag(bytesIn(found.tag));
    const plain = Buffer.concat([decipher.update(bytesIn(found.text)), decipher.final()]).toString('utf8');
    return { wrapping, plain };
  } catch (cause) {
    throw new AppError('store_unusable', `the passphrase does not open the master key ${path}`, {
      hint: 'give the passphrase that it was protected with; nothing was changed',
      cause,
    });
  }
}

function parsed(text: string, path: string): Static<typeof Wrapped> {
  try {
    const value: unknown = JSON.parse(text);
    if (Value.Check(Wrapped, value)) return value;
  } catch {
    // Reported below.
  }
  throw new AppError('store_unusable', `${path} does not hold a master key any more`, {
    hint: 'restore the file from its backup',
  });
}

/** The derivation in the terms of `node:crypto`. */
function scryptOptionsOf({ cost, block_size: r, parallelization: p, salt }: Derivation) {
  return { salt: bytesIn(salt), options: { N: cost, r, p, maxmem: 2 * 128 * cost * r } };
}

/** Bytes of an AES-256 key. */
const keyLength = 32;

function derived(passphrase: string, derivation: Derivation): Uint8Array {
  const { salt, options } = scryptOptionsOf(derivation);
  return scryptSync(passphrase.normalize('NFC'), salt, keyLength, options);
}

/** Each derivation takes 128 MiB, so there is one at a time, however many ask for it. */
const derivations = new Turns();

/** The key of a passphrase, derived without keeping the thread. */
export async function derivedLater(passphrase: string, derivation: Derivation): Promise<Uint8Array> {
  using _turn = await derivations.take(['one']);
  return await derivedNow(passphrase, derivation);
}

function derivedNow(passphrase: string, derivation: Derivation): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const { salt, options } = scryptOptionsOf(derivation);
  scrypt(passphrase.normalize('NFC'), salt, keyLength, options, (error, key) => {
    if (error) reject(error);
    else resolve(key);
  });
  return promise;
}

function bytesOf({ kdf, cost, block_size, parallelization, salt }: Derivation): Buffer {
  return Buffer.from(JSON.stringify([kdf, cost, block_size, parallelization, salt]));
}

function bytesIn(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
