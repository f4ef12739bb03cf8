import { bytesOf, type Limits } from '../store/limits.ts';

/** The size of a list of names within one record. */
export function roomForNames({ bytes }: Limits): Limits {
  return { operations: Number.POSITIVE_INFINITY, bytes: Math.floor(bytes / 2) };
}

/** The size of one of the names. */
export function sizeOfName(name: string): Limits {
  return { operations: 0, bytes: bytesOf(name) + 1 };
}
