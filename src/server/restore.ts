import { resolve } from 'node:path';
import { BackupDirectory, type BackupRecord } from '../upkeep/backup/directory.ts';
import { type ReadBackup, readBackup, verifying } from '../upkeep/backup/file/read.ts';
import { checkKnown } from '../upkeep/backup/known.ts';
import { type RestoreOutcome, restoreBackup, restoreSnapshot, tryRestore } from '../upkeep/backup/restore.ts';
import { catalogue } from './catalogue.ts';
import { type DataPlace, placeWithoutStore } from './data-place.ts';
import { installationOf } from './installation.ts';

export interface RestoreRequest {
  readonly place: DataPlace;
  readonly source: AsyncIterable<Uint8Array>;
  readonly passphrase: string | undefined;
}

/** Replaces a data directory by what is in a backup. @throws as `restoreBackup` of the room upkeep */
export function restore({ place, ...request }: RestoreRequest): Promise<RestoreOutcome & { dataDir: string }> {
  const dataDir = directoryOf(place);
  return restoreBackup({ ...request, dataDir, now: new Date(), catalogue }).then((outcome) => ({
    ...outcome,
    dataDir,
  }));
}

/** Verifies that it would succeed, and changes nothing. @throws as `restore` */
export function checkRestore({ place, ...request }: RestoreRequest): Promise<ReadBackup & { dataDir: string }> {
  const dataDir = directoryOf(place);
  return tryRestore({ ...request, dataDir, now: new Date(), catalogue }).then((backup) => ({ ...backup, dataDir }));
}

/** Goes back to a snapshot of an upgrade. @throws as `restoreSnapshot` of the room upkeep */
export async function restoreFromSnapshot(place: DataPlace, name: string) {
  const dataDir = directoryOf(place);
  return { dataDir, kept: await restoreSnapshot(name, { dataDir, now: new Date() }) };
}

/** Verifies every byte of a backup, and that this build can read it. @throws as `readBackup` */
export function verifyBackup(source: AsyncIterable<Uint8Array>, passphrase: string | undefined): Promise<ReadBackup> {
  return readBackup(source, passphrase, { ...verifying, begin: (manifest) => checkKnown(manifest, catalogue) });
}

/** The backups in a directory, by default that of the server. @throws AppError `store_unusable`, `invalid_configuration` */
export function listBackups(
  place: DataPlace,
  directory: string | undefined,
): { path: string; backups: BackupRecord[] } {
  const path = directory === undefined ? backupDirectoryOf(place) : resolve(directory);
  return { path, backups: new BackupDirectory(path).list() };
}

/** Where the backups of the server are. */
export function backupDirectoryOf(place: DataPlace): string {
  const { directory: dataDir, settings, configurationFile } = placeWithoutStore(place);
  return installationOf(settings, { dataDir, configurationFile }).backupDirectory;
}

function directoryOf(place: DataPlace): string {
  return resolve(placeWithoutStore(place).directory);
}
