import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { AppError, systemErrorCode } from '../lib/errors.ts';
import type { RequestHandler } from './app.ts';
import { type BunServer, bunServerOptions, stopBunServer } from './bun-server.ts';

export interface UnixListener {
  readonly path: string;
  /** Lets the requests under way finish, and takes the socket away. */
  stop(): Promise<void>;
}

/** sun_path of unix(7), of the system where it is shortest, without the NUL at its end. */
const longestPath = process.platform === 'linux' ? 107 : 103;

/**
 * Listens for HTTP on a Unix socket that only the user of the server and root can open. A socket that an ended server
 * left there is replaced; one in the data directory can only be such a one, as long as the caller holds its lock.
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
 * No timeout: who can open the socket can stop the server, too, and `Server.timeout`, with which streams lift it, does
 * nothing on a Unix socket. The types of Bun do not know that it has a timeout at all.
 */
const forAsLongAsItTakes: object = { idleTimeout: 0 };

/** Between its being made and its being closed to others nobody may slip in, so it is made closed. */
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

/** Refused is what a connection to a socket is that nobody holds any more. */
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
