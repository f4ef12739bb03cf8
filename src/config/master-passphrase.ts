import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import type { Settings } from './settings.ts';
import { readPath } from './values.ts';

/** The name of the credential in a unit file: `LoadCredentialEncrypted=commissaire-passphrase:…` (systemd.exec(5)). */
const credential = 'commissaire-passphrase';

/** The file with the passphrase of the master key; undefined when there is none. */
export function masterPassphraseFile(settings: Settings, environment: Environment): string | undefined {
  const given = settings.find('master-passphrase-file');
  if (given !== undefined) return readPath(given);
  const { CREDENTIALS_DIRECTORY: directory } = environment;
  const path = directory === undefined || directory === '' ? undefined : join(directory, credential);
  return path !== undefined && existsSync(path) ? path : undefined;
}
