import { join } from 'node:path';
import type { Settings } from './settings.ts';
import { readPath, readText } from './values.ts';

/** The socket on which the server accepts callers without a password. */
export interface UnixSocketSetting {
  /** Absolute. */
  readonly path: string;
  /** Whether the path was given: then a server that cannot listen there does not start. Otherwise it starts without. */
  readonly isGiven: boolean;
}

/** Undefined when there is no socket. */
export function unixSocket(settings: Settings, dataDir: string): UnixSocketSetting | undefined {
  const given = settings.find('unix-socket');
  if (given === undefined) return { path: socketIn(dataDir), isGiven: false };
  return readText(given) === 'none' ? undefined : { path: readPath(given), isGiven: true };
}

/** The default path. */
export function socketIn(dataDir: string): string {
  return join(dataDir, 'commissaire.sock');
}
