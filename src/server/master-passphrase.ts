import { readFileSync, statSync } from 'node:fs';
import type { Environment } from '../config/environment.ts';
import { masterPassphraseFile } from '../config/master-passphrase.ts';
import type { Settings } from '../config/settings.ts';
import { AppError } from '../lib/errors.ts';
import { systemReason } from '../lib/system-reason.ts';

/** The passphrase that the configuration names, if any. @throws AppError `invalid_configuration` */
export function configuredPassphrase(settings: Settings, environment: Environment): string | undefined {
  const file = masterPassphraseFile(settings, environment);
  return file === undefined ? undefined : readMasterPassphrase(file);
}

/**
 * Reads the passphrase of the master key: the file without its last line break.
 *
 * @throws AppError `invalid_configuration` when it cannot be read, is empty, or others than the owner may read it
 */
export function readMasterPassphrase(path: string): string {
  const text = readText(path).replace(/\r?\n$/, '');
  if (text === '') throw unusable(path, 'it is empty', 'write the passphrase into it');
  return text;
}

function readText(path: string): string {
  try {
    if ((statSync(path).mode & 0o007) !== 0) throw unusable(path, 'others may read it', `run: chmod o= ${path}`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const reason = systemReason(cause);
    throw unusable(path, `it cannot be read: ${reason}`, 'correct master-passphrase-file, or its permissions', cause);
  }
}

function unusable(path: string, what: string, hint: string, cause?: unknown): AppError {
  const message = `the passphrase file ${path} cannot be used: ${what}`;
  return new AppError('invalid_configuration', message, cause === undefined ? { hint } : { hint, cause });
}
