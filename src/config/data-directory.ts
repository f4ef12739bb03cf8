import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Environment } from './environment.ts';

/**
 * Where the store is kept when nobody says: the system's place for root, the user's own (XDG Base Directory
 * Specification, which has a relative `XDG_DATA_HOME` ignored) for everybody else.
 */
export function defaultDataDirectory(user: { root: boolean; environment: Environment }): string {
  if (user.root) return '/var/lib/commissaire';
  const { XDG_DATA_HOME: data, HOME: home } = user.environment;
  if (data !== undefined && isAbsolute(data)) return join(data, 'commissaire');
  return join(home !== undefined && isAbsolute(home) ? home : homedir(), '.local', 'share', 'commissaire');
}

/** Whether this process belongs to root. */
export function runsAsRoot(): boolean {
  return process.getuid?.() === 0;
}
