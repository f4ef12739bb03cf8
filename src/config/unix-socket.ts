import { join } from 'node:path';
import type { Settings } from './settings.ts';
import { readPath, readText } from './values.ts';

/** Where the server listens for those who need no password. */
export interface UnixSocketSetting {
  /** Absolute. */
  readonly path: string;
  /** Somebody asked for it: a server that cannot listen there does not start. Otherwise it starts without. */
  readonly isGiven: boolean;
}

/** Undefined when there is to be none. */
export function unixSocket(settings: Settings, dataDir: string): UnixSocketSetting | undefined {
  const given = settings.find('unix-socket');
  if (given === undefined) return { path: socketIn(dataDir), isGiven: false };
  return readText(given) === 'none' ? undefined : { path: readPath(given), isGiven: true };
}

/** Where it is when nobody says. */
export function socketIn(dataDir: string): string {
  return join(dataDir, 'commissaire.sock');
}
