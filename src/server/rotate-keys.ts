import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Rotation, TokenKeys } from '../auth/tokens/keys.ts';
import type { Environment } from '../config/environment.ts';
import { Faults } from '../config/faults.ts';
import { gatherSettings } from '../config/gather.ts';
import { dataDirectory } from '../config/load.ts';
import { unixSocket } from '../config/unix-socket.ts';
import { systemClock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { timeOrderedId } from '../lib/ids.ts';
import { ensureAddonDirectory } from './addon-directory.ts';

/** Whose keys: those of the data directory given, or of the server that these settings are for. */
export interface KeysPlace {
  readonly dataDir: string | undefined;
  readonly environment: Environment;
}

/** `running`: there is a server, which alone may write; `socket` is where root may ask it to, if it listens there. */
export type RotationOutcome =
  | { readonly kind: 'rotated'; readonly rotation: Rotation }
  | { readonly kind: 'running'; readonly socket: string | undefined; readonly reason: AppError };

/**
 * Makes another key that signs tokens, in the store itself.
 *
 * @throws AppError `store_unusable`, `invalid_configuration`
 */
export async function rotateStoredKeys({ dataDir, environment }: KeysPlace): Promise<RotationOutcome> {
  const request = { flags: dataDir === undefined ? {} : { 'data-dir': dataDir }, environment };
  // What else is wrong with the configuration does not matter here.
  const { settings, configurationFile } = gatherSettings(request, new Faults());
  const directory = dataDirectory(settings, request);
  if (!existsSync(join(directory, 'store'))) {
    throw new AppError('store_unusable', `there is no store in the data directory ${directory}`, {
      hint: 'name the data directory of the server with --data-dir',
    });
  }
  ensureAddonDirectory({ dataDir: directory, configurationFile });
  try {
    return { kind: 'rotated', rotation: await rotateIn(directory) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'data_directory_in_use') throw error;
    return { kind: 'running', socket: unixSocket(settings, directory)?.path, reason: error };
  }
}

async function rotateIn(directory: string): Promise<Rotation> {
  // Only now: loading the store loads its native addon.
  const { openLmdbStore } = await import('../store/lmdb.ts');
  const store = openLmdbStore({ directory, clock: systemClock });
  try {
    const keys = await TokenKeys.open({ store, clock: systemClock, newId: timeOrderedId });
    return await keys.rotate();
  } finally {
    await store.close();
  }
}
