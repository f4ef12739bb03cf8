import { readFileSync, statSync } from 'node:fs';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { isWrapped, type Passphrase, passphraseFor, passphraseOf, wrapped } from './passphrase.ts';
import { type MasterKey, masterKeyOf } from './seal.ts';

export interface KeyFileOptions {
  path: string;
  /** False when the store may already hold sealed records: a fresh key would silently lose them. */
  mayCreate: boolean;
  /** The passphrase that wraps the keys in the file; without one they are stored as they are. */
  passphrase?: string | undefined;
}

/** The file with the master keys. */
export interface KeyFile {
  /** The current key first. During a rotation there are several. */
  readonly keys: readonly MasterKey[];
  /** What wraps the keys in the file; undefined when they are stored as they are. */
  readonly wrapping: Passphrase | undefined;
  /** Replaces the keys in the file atomically; returns when the new ones survive a power cut. */
  write(keys: readonly MasterKey[]): void;
  /**
   * Wraps the same keys by another passphrase, or by none, in the same way: at any moment either the previous one opens
   * the file or this one.
   */
  wrapBy(wrapping: Passphrase | undefined): void;
}

/**
 * Reads the master keys, or creates the first one: 32 random bytes in base64url, one key a line. With a passphrase it
 * wraps a file that was not wrapped.
 *
 * @throws AppError `store_unusable` when others than the owner may read the file, it holds no key, or the passphrase is
 *   missing or wrong; then it has written nothing
 */
export function openKeyFile({ path, mayCreate, passphrase }: KeyFileOptions): KeyFile {
  const text = readText(path);
  if (text === undefined && !mayCreate) throw missing(path);
  if (text !== undefined && isWrapped(text)) {
    const { wrapping, plain } = passphraseFor(text, passphrase, path);
    return fileWith(path, keysIn(plain, path), wrapping);
  }
  const wrapping = passphrase === undefined ? undefined : passphraseOf(passphrase);
  const keys = text === undefined ? [newMasterKey()] : keysIn(text, path);
  const file = fileWith(path, keys, wrapping);
  if (text === undefined || wrapping !== undefined) file.write(keys);
  return file;
}

export function newMasterKey(): MasterKey {
  return masterKeyOf(crypto.getRandomValues(new Uint8Array(32)));
}

function fileWith(path: string, keys: readonly MasterKey[], first: Passphrase | undefined): KeyFile {
  let wrapping = first;
  let present = keys;
  return {
    keys,
    get wrapping() {
      return wrapping;
    },
    write(next) {
      replaceKeys(path, textOf(next, wrapping));
      present = next;
    },
    wrapBy(next) {
      replaceKeys(path, textOf(present, next));
      wrapping = next;
    },
  };
}

function textOf(keys: readonly MasterKey[], wrapping: Passphrase | undefined): string {
  const plain = keys.map(({ bytes }) => `${Buffer.from(bytes).toString('base64url')}\n`).join('');
  return wrapping === undefined ? plain : wrapped(plain, wrapping);
}

function readText(path: string): string | undefined {
  try {
    const found = statSync(path);
    // Reading a pipe would wait for ever.
    if (!found.isFile()) throw unreadable(path, 'it is not a file');
    const mode = found.mode & 0o777;
    if ((mode & 0o077) === 0) return readFileSync(path, 'utf8');
    throw new AppError('store_unusable', `others may read the master key ${path} (mode ${mode.toString(8)})`, {
      hint: `run: chmod 600 ${path}`,
    });
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return undefined;
    throw cause instanceof AppError ? cause : unreadable(path, systemErrorCode(cause) ?? describeError(cause), cause);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('store_unusable', `the master key ${path} cannot be read: ${reason}`, {
    hint: 'see that it is the file of the key and that the user of the server may read it; otherwise restore it from its backup',
    cause,
  });
}

function keysIn(text: string, path: string): MasterKey[] {
  const keys = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => new Uint8Array(Buffer.from(line.trim(), 'base64url')));
  if (keys.length > 0 && keys.every(({ length }) => length === 32)) return keys.map(masterKeyOf);
  throw new AppError('store_unusable', `${path} does not hold a master key (32 bytes in base64url)`, {
    hint: 'restore the file from its backup',
  });
}

function missing(path: string): AppError {
  return new AppError('store_unusable', `the master key ${path} is missing, and the store holds sealed credentials`, {
    hint: 'restore the file from its backup; without it the credentials cannot be read',
  });
}

/** After a power cut the file has either the old or the new text. */
function replaceKeys(path: string, text: string): void {
  try {
    replaceFile(path, text);
  } catch (cause) {
    throw new AppError('store_unusable', `the master key ${path} cannot be written: ${systemErrorCode(cause)}`, {
      hint: 'see that the disk is not full, and that the server may write to its data directory',
      cause,
    });
  }
}
