import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Environment } from './environment.ts';

/**
 * The default directory of the store: the system's for root, the user's own for other users (XDG Base Directory
 * Specification, which ignores a relative `XDG_DATA_HOME`).
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
