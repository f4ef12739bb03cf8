import { existsSync } from 'node:fs';
import { unixSocket } from '../config/unix-socket.ts';
import { AppError } from '../lib/errors.ts';
import { lockDataDirectory } from '../store/lock.ts';
import { collectionVersions } from '../store/migration.ts';
import { dataFileOf } from '../store/store-file.ts';
import { newSealingKey } from '../upkeep/backup/file/sealing.ts';
import { backupBytes } from '../upkeep/backup/file/write.ts';
import { stage } from '../upkeep/backup/staging.ts';
import { type DataPlace, dataPlace } from './data-place.ts';
import { installationOf } from './installation.ts';
import type { ServerRuns } from './stopped-store.ts';

export interface OfflineBackup {
  readonly passphrase: string | undefined;
  readonly withMasterKey: boolean;
  /** Ends the backup, with nothing left of it. */
  readonly signal: AbortSignal;
  /** Called once everything is copied, with the number of bytes that follow before compression. */
  readonly copied?: (bytes: number) => void;
  readonly read?: (bytes: number) => void;
}

/** A server that has the store open. */
export interface RunningServer extends ServerRuns {
  /** Where its backups are. */
  readonly backupDirectory: string;
}

export interface BackupStream {
  readonly kind: 'made';
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * Makes a backup of a data directory whose server does not run. The store is not upgraded before, so that a backup can be made
 * by a newer build.
 *
 * @throws AppError `store_unusable`, `store_full`, `invalid_configuration`
 */
export async function backUp(place: DataPlace, options: OfflineBackup): Promise<BackupStream | RunningServer> {
  const { directory, settings, configurationFile } = dataPlace(place);
  if (!existsSync(dataFileOf(directory))) throw noStore(directory);
  const installation = installationOf(settings, { dataDir: directory, configurationFile });
  try {
    const lock = lockDataDirectory(directory);
    return { kind: 'made', bytes: bytesOf(installation, options, lock) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'data_directory_in_use') throw error;
    const { backupDirectory } = installation;
    return { kind: 'running', socket: unixSocket(settings, directory)?.path, reason: error, backupDirectory };
  }
}

async function* bytesOf(
  installation: ReturnType<typeof installationOf>,
  { passphrase, withMasterKey, signal, copied = () => {}, read = () => {} }: OfflineBackup,
  lock: Disposable,
): AsyncGenerator<Uint8Array> {
  using _lock = lock;
  // Imported late, because this loads the store's native addon.
  const { copyStore } = await import('../store/environment-copy.ts');
  using staged = await stage({
    installation,
    copyStore: (directory) => copyStore(installation.dataDir, directory),
    describeStore,
    withMasterKey,
    now: new Date(),
    signal,
  });
  const { manifest, pathOf } = staged;
  copied(manifest.parts.reduce((sum, { size }) => sum + size, 0));
  const key = passphrase === undefined ? undefined : await newSealingKey(passphrase);
  const look = (bytes: number) => {
    signal.throwIfAborted();
    read(bytes);
  };
  yield* backupBytes({ manifest, pathOf, key, read: look });
}

async function describeStore(directory: string) {
  const { openReadOnly } = await import('../store/read-only.ts');
  await using store = openReadOnly(directory, [collectionVersions]);
  const collections: Record<string, number> = {};
  for await (const { key, value } of store.list(collectionVersions)) collections[key] = value.version;
  return { store_schema: store.schema, collections };
}

function noStore(directory: string): AppError {
  return new AppError('store_unusable', `there is no store in the data directory ${directory}`, {
    hint: 'a server makes it at its first start; name the data directory of the server with --data-dir',
  });
}
