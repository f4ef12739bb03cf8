import type { ListRange } from './contract.ts';

export interface KeyBounds {
  start: string;
  end: string;
  reverse: boolean;
  exclusiveStart: boolean;
  inclusiveEnd: boolean;
}

/** LMDB by default includes `start` and excludes `end`, in either direction. */
export function boundsOf({ prefix = '', from = '', after, reverse = false }: ListRange): KeyBounds {
  const low = later(prefix, from);
  const high = prefix + afterAll;
  if (reverse) {
    const passed = after !== undefined && after < high;
    return { start: passed ? after : high, end: low, reverse, exclusiveStart: passed, inclusiveEnd: true };
  }
  const passed = after !== undefined && after >= low;
  return { start: passed ? after : low, end: high, reverse, exclusiveStart: passed, inclusiveEnd: false };
}

/** The order of the keys, which LMDB sorts by their bytes. */
export function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** Whether a key is in the range, ignoring `offset` and `limit`. */
export function isInRange(key: string, { prefix = '', from, after, reverse = false }: ListRange): boolean {
  if (!key.startsWith(prefix)) return false;
  if (from !== undefined && compareKeys(key, from) < 0) return false;
  if (after === undefined) return true;
  return reverse ? compareKeys(key, after) < 0 : compareKeys(key, after) > 0;
}

/** Sorts after every key that begins with the prefix: no key contains this character. */
const afterAll = '\uffff';

function later(one: string, other: string): string {
  return one > other ? one : other;
}
