import { readFileSync } from 'node:fs';

/** Descriptors kept for the store, the listener and its clients. */
const reserved = 128;
/** More handshakes than this at once only make each of them slower. */
const most = 128;

/** How many handshakes may be under way at once, so that descriptors never run out. */
export function handshakeLimit(descriptors: number = descriptorLimit()): number {
  return Math.max(1, Math.min(most, Math.floor((descriptors - reserved) / 4)));
}

/** How many sessions may be kept open, in use or idle. */
export function sessionLimit(descriptors: number = descriptorLimit()): number {
  return Math.max(1, Math.floor((descriptors - reserved) / 2));
}

function descriptorLimit(): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? 1024 : Number(soft);
  } catch {
    // Not Linux: the usual soft limit of a login shell.
    return 256;
  }
}
