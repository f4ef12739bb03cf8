import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listenOnUnixSocket } from '../api/unix-listener.ts';
import { type LoadedConfiguration, loadServerConfiguration } from '../config/load.ts';
import { systemClock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { dataFileOf } from '../store/store-file.ts';
import { ensureAddonDirectory } from './addon-directory.ts';
import type { DataPlace } from './data-place.ts';
import { silent } from './stopped-store.ts';

/** The API of a data directory, for a command on this machine. */
export interface LocalApi extends AsyncDisposable {
  /** `unix:/path`, where the caller needs no password. */
  readonly endpoint: string;
}

/**
 * The API of the server that has the data directory open. When none has, this process serves it, to this user only, on a
 * socket of its own, and starts no work: no operation resumes and no host is investigated.
 *
 * @throws AppError `invalid_configuration`, `store_unusable`, `data_directory_in_use` when the running server has no
 *   socket
 */
export async function openLocalApi({ dataDir, environment }: DataPlace): Promise<LocalApi> {
  const flags = dataDir === undefined ? {} : { 'data-dir': dataDir };
  const configuration = loadServerConfiguration({ flags, environment });
  checkSite(configuration);
  ensureAddonDirectory(configuration);
  try {
    return await serveHere(configuration);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'data_directory_in_use') throw error;
    const socket = configuration.unixSocket?.path;
    if (socket === undefined || !existsSync(socket)) throw withoutSocket(configuration, error);
    return { endpoint: `unix:${socket}`, [Symbol.asyncDispose]: async () => {} };
  }
}

/** A store is not made by mistake in a directory that no server uses, nor with files of another user. */
function checkSite({ dataDir, configurationFile }: LoadedConfiguration): void {
  if (!existsSync(dataFileOf(dataDir)) && (configurationFile === undefined || !existsSync(dataDir))) {
    throw new AppError('store_unusable', `there is no site in the data directory ${dataDir}`, {
      hint: 'make one first with `commissaire init`, or name the data directory of the server with --data-dir',
    });
  }
  const owner = statSync(dataDir).uid;
  if (owner === process.getuid?.()) return;
  if (existsSync(join(dataDir, 'server.pid'))) return;
  throw new AppError('store_unusable', `the data directory ${dataDir} belongs to another user (uid ${owner})`, {
    hint: `start the server first, or run this as that user: sudo -u '#${owner}' commissaire …`,
  });
}

async function serveHere(configuration: LoadedConfiguration): Promise<LocalApi> {
  // Imported late, because this loads the store's native addon.
  const { buildServices } = await import('./services.ts');
  await using opened = new AsyncDisposableStack();
  const services = opened.use(await buildServices(configuration, systemClock, silent));
  const directory = await mkdtemp(join(tmpdir(), 'commissaire-api-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const listener = await listenOnUnixSocket(services.handle, join(directory, 'api.sock'));
  opened.defer(() => listener.stop());
  const kept = opened.move();
  return { endpoint: `unix:${listener.path}`, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function withoutSocket({ dataDir }: LoadedConfiguration, cause: AppError): AppError {
  return new AppError('data_directory_in_use', `a server uses ${dataDir}, and its Unix socket is not there`, {
    hint: 'stop the server for the import, or start it with a --unix-socket',
    cause,
  });
}
