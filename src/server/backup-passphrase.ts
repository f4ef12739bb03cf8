import type { BackupConfiguration } from '../config/backups.ts';
import { readMasterPassphrase } from './master-passphrase.ts';

/** The passphrase that seals scheduled backups, if there is one. @throws AppError `invalid_configuration` */
export function backupPassphrase({ passphraseFile }: BackupConfiguration): string | undefined {
  return passphraseFile === undefined ? undefined : readMasterPassphrase(passphraseFile);
}
