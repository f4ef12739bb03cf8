import { createHash } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { AppError } from '../lib/errors.ts';
import { UnreadableRecord } from './unreadable-record.ts';

/** 32 bytes, and the id that values sealed with them carry. */
export interface MasterKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

export function masterKeyOf(bytes: Uint8Array): MasterKey {
  const id = createHash('sha256').update('commissaire master key\0').update(bytes).digest('hex').slice(0, 16);
  return { id, bytes };
}

/**
 * Seals values with the current master key, and opens them with the one they were sealed with. JWE (RFC 7516) in compact
 * form, `dir` with A256GCM and the key's id as `kid`; nothing else is accepted when opening.
 */
export class Keyring {
  #keys: readonly MasterKey[];

  /** @param keys the current key first */
  constructor(keys: readonly MasterKey[]) {
    this.#keys = keys;
  }

  get current(): MasterKey {
    const [current] = this.#keys;
    if (current === undefined) throw new Error('a keyring without a key');
    return current;
  }

  /** Makes this the current key. Earlier keys still open what they sealed. */
  add(key: MasterKey): void {
    this.#keys = [key, ...this.#keys];
  }

  async seal(value: unknown): Promise<string> {
    const { id: kid, bytes } = this.current;
    const text = new TextEncoder().encode(JSON.stringify(value));
    return new CompactEncrypt(text).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid }).encrypt(bytes);
  }

  /** @throws AppError `store_unusable` when the value was sealed with another key or was tampered with */
  async open(sealed: string): Promise<unknown> {
    const kid = keyIdOf(sealed);
    return openWith(
      this.#keys.filter(({ id }) => id === kid),
      sealed,
    );
  }

  /** The same for values that a build before checksums sealed: the first builds wrote no `kid`. */
  async openEarlier(sealed: string): Promise<unknown> {
    return keyIdOf(sealed) === undefined ? openWith(this.#keys, sealed) : this.open(sealed);
  }

  isSealedWithCurrent(sealed: string): boolean {
    return keyIdOf(sealed) === this.current.id;
  }
}

export interface SealedRecord {
  readonly collection: string;
  readonly key: string;
  readonly sealed: string;
  /** Whether a build before checksums may have sealed it. */
  readonly isEarlier: boolean;
}

/** Opens a record; the error names the record. @throws UnreadableRecord */
export async function openRecord(
  keyring: Keyring,
  { collection, key, sealed, isEarlier }: SealedRecord,
): Promise<unknown> {
  try {
    return await (isEarlier ? keyring.openEarlier(sealed) : keyring.open(sealed));
  } catch (cause) {
    throw new UnreadableRecord(collection, key, 'it was changed, or sealed with another master key', {
      hint: 'put back the master.key file that belongs to this data directory; with the right one there, restore a backup of both',
      cause,
    });
  }
}

async function openWith(keys: readonly MasterKey[], sealed: string): Promise<unknown> {
  let cause: unknown;
  for (const { bytes } of keys) {
    try {
      const { plaintext } = await compactDecrypt(sealed, bytes, algorithms);
      return JSON.parse(new TextDecoder().decode(plaintext));
    } catch (error) {
      cause = error;
    }
  }
  throw new AppError('store_unusable', 'a sealed record cannot be opened with the master key', {
    hint: 'put back the master.key file that belongs to this data directory',
    cause,
  });
}

const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };

/** Undefined for a value without a key id, or one that is no JWE. */
export function keyIdOf(sealed: string): string | undefined {
  try {
    return decodeProtectedHeader(sealed).kid;
  } catch {
    return undefined;
  }
}
