import { readFileSync } from 'node:fs';

/** The most files and sockets that this process may have open. */
export function descriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? 1024 : Number(soft);
  } catch {
    // Not Linux: the usual soft limit of a login shell.
    return 256;
  }
}
