import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { auditedAct, type LocalAct } from '../audit/local-act.ts';
import { Trail } from '../audit/trail.ts';
import { unixSocket } from '../config/unix-socket.ts';
import { readInteger } from '../config/values.ts';
import { systemClock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { timeOrderedId } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { KeyedCachingStore } from '../store/cached.ts';
import { dataFileOf } from '../store/store-file.ts';
import { catalogue } from './catalogue.ts';
import { type DataPlace, dataPlace } from './data-place.ts';
import { configuredPassphrase } from './master-passphrase.ts';
import { upgradeStore } from './upgrade.ts';

/** A server has the store open, and only it may write; root may ask it through `socket`, if it listens there. */
export interface ServerRuns {
  readonly kind: 'running';
  readonly socket: string | undefined;
  readonly reason: AppError;
}

/** The data directory, and the passphrase of its master key when it is not the one that the configuration names. */
export interface StoppedPlace extends DataPlace {
  readonly passphrase?: string | undefined;
}

/** The work on the store, for the audit trail. */
export type StoreAct = Pick<LocalAct, 'action' | 'permission'>;

/**
 * Works on a store that no server has open, and writes that to its audit trail.
 *
 * @throws AppError `store_unusable`, `invalid_configuration`, and what the work throws
 */
export async function withStoppedStore<R>(
  place: StoppedPlace,
  act: StoreAct,
  work: (store: KeyedCachingStore) => Promise<R>,
): Promise<R | ServerRuns> {
  const { directory, settings } = dataPlace(place);
  if (!existsSync(dataFileOf(directory))) {
    throw new AppError('store_unusable', `there is no store in the data directory ${directory}`, {
      hint: 'a server makes it at its first start; name the data directory of the server with --data-dir',
    });
  }
  const passphrase = place.passphrase ?? configuredPassphrase(settings, place.environment);
  // Imported late, because this loads the store's native addon.
  const { openLmdbStore } = await import('../store/lmdb.ts');
  try {
    const store = openLmdbStore({ directory, clock: systemClock, passphrase, catalogue });
    try {
      const upgrade = { directory, withSnapshot: true, logger: silent, signal: neverStopped };
      await upgradeStore({ store, catalogue, clock: systemClock, ...upgrade });
      const limit = readInteger(settings.get('audit-limit'));
      await using trail = new Trail({ store, clock: systemClock, logger: silent, limit });
      await trail.begin();
      const { username: who } = userInfo();
      const told = { who, method: 'command', target: directory, ...act };
      return await auditedAct(trail, timeOrderedId, told, () => work(store));
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'data_directory_in_use') throw error;
    return { kind: 'running', socket: unixSocket(settings, directory)?.path, reason: error };
  }
}

const ignore = () => {};
const neverStopped = new AbortController().signal;

/** A command reports errors by throwing them. */
export const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent };
