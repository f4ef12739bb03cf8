import type { ListRange } from './contract.ts';

export interface KeyBounds {
  start: string;
  end: string;
  reverse: boolean;
  exclusiveStart: boolean;
  inclusiveEnd: boolean;
}

/** LMDB begins at `start` and leaves out `end`, in either direction, unless told otherwise. */
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

/** Past every key that begins with the prefix: no key holds this character. */
const afterAll = '\uffff';

function later(one: string, other: string): string {
  return one > other ? one : other;
}
