import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { AppError, systemErrorCode } from '../lib/errors.ts';

/** Seals values with the master key, and opens them. */
export interface Sealer {
  seal(value: unknown): Promise<string>;
  /** @throws AppError `store_unusable` when the value was sealed with another key or was tampered with */
  open(sealed: string): Promise<unknown>;
}

/** JWE (RFC 7516) in compact form, `dir` with A256GCM; nothing else is accepted when opening. */
export function sealerWith(masterKey: Uint8Array): Sealer {
  return {
    async seal(value) {
      const text = new TextEncoder().encode(JSON.stringify(value));
      return new CompactEncrypt(text).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(masterKey);
    },
    async open(sealed) {
      const algorithms = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] };
      try {
        const { plaintext } = await compactDecrypt(sealed, masterKey, algorithms);
        return JSON.parse(new TextDecoder().decode(plaintext));
      } catch (cause) {
        throw new AppError('store_unusable', 'a sealed record cannot be opened with the master key', {
          hint: 'put back the master.key file that belongs to this data directory',
          cause,
        });
      }
    },
  };
}

/**
 * Reads the master key, 32 random bytes in base64url, or makes it when there is none yet.
 *
 * @param mayCreate false when the store already holds sealed records: a fresh key would silently lose them
 * @throws AppError `store_unusable` when others than the owner may read the file, or it holds no key
 */
export function loadMasterKey(path: string, mayCreate: boolean): Uint8Array {
  try {
    return readMasterKey(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    if (!mayCreate) {
      throw new AppError(
        'store_unusable',
        `the master key ${path} is missing, and the store holds sealed credentials`,
        {
          hint: 'restore the file from its backup; without it the credentials cannot be read',
        },
      );
    }
    return createMasterKey(path);
  }
}

function readMasterKey(path: string): Uint8Array {
  const text = readFileSync(path, 'utf8').trim();
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new AppError('store_unusable', `others may read the master key ${path} (mode ${mode.toString(8)})`, {
      hint: `run: chmod 600 ${path}`,
    });
  }
  const key = Buffer.from(text, 'base64url');
  if (key.length === 32) return new Uint8Array(key);
  throw new AppError('store_unusable', `${path} does not hold a master key (32 bytes in base64url)`, {
    hint: 'restore the file from its backup',
  });
}

function createMasterKey(path: string): Uint8Array {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${Buffer.from(key).toString('base64url')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return key;
}
