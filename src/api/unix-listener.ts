import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { AppError, systemErrorCode } from '../lib/errors.ts';
import type { RequestHandler } from './app.ts';
import { type BunServer, bunServerOptions, stopBunServer } from './bun-server.ts';

export interface UnixListener {
  readonly path: string;
  /** Lets running requests finish, and removes the socket. */
  stop(): Promise<void>;
}

/** The size of sun_path in unix(7), without its NUL, on the system where it is smallest. */
const longestPath = process.platform === 'linux' ? 107 : 103;

/**
 * Listens for HTTP on a Unix socket that only the user of the server and root can open. It replaces a socket that an
 * earlier server left; in the data directory it can only be such a socket, because the caller has the directory's lock.
 *
 * @throws AppError `invalid_configuration` when it cannot listen there
 */
export async function listenOnUnixSocket(handle: RequestHandler, path: string): Promise<UnixListener> {
  if (Buffer.byteLength(path) > longestPath) {
    throw unusable(
      path,
      `a path of a socket has at most ${longestPath} bytes, and this one ${Buffer.byteLength(path)}`,
    );
  }
  await removeStale(path);
  const stopping = new AbortController();
  const server = serve(handle, path, stopping.signal);
  return {
    path,
    stop() {
      stopping.abort();
      return stopBunServer(server);
    },
  };
}

/**
 * No timeout: a peer that can open the socket can also stop the server. `Server.timeout`, with which streams lift the
 * timeout, has no effect on a Unix socket, and Bun's types do not know the option.
 */
const forAsLongAsItTakes: object = { idleTimeout: 0 };

/** The umask restricts the socket from its creation on, so that no other user can connect before a chmod. */
function serve(handle: RequestHandler, path: string, stopping: AbortSignal): BunServer {
  const before = process.umask(0o177);
  try {
    const options = bunServerOptions(handle, stopping, () => ({ sentBy: 'unix', transport: { kind: 'unix' } }));
    return Bun.serve({ ...options, ...forAsLongAsItTakes, unix: path });
  } catch (cause) {
    throw unusable(path, systemErrorCode(cause) ?? String(cause), cause);
  } finally {
    process.umask(before);
  }
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw unusable(path, 'something else is there');
  if (await answers(path)) throw unusable(path, 'another server listens there');
  unlinkSync(path);
}

/** A connection is refused when no process listens on the socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(systemErrorCode(error) !== 'ECONNREFUSED'));
  });
}

function unusable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('invalid_configuration', `cannot listen on the Unix socket ${path}: ${reason}`, {
    hint: 'choose another --unix-socket, or none',
    cause,
  });
}
