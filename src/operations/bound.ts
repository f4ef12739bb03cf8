import type { Store } from '../store/contract.ts';
import type { Limits } from '../store/limits.ts';

/** Most that one transaction holds of what grows with the number of hosts: others want to write meanwhile. */
export const pageBound: Limits = { operations: 1_000, bytes: 1024 * 1024 };

/** Keys and events beside the page of a transaction: the record of the operation, how it stands, its marks and indexes. */
const besidePage = 32;

/** What the page of a transaction may come to; as many bytes are left for what is beside it. */
export function roomForPage({ limits }: Pick<Store, 'limits'>, bound: Limits = pageBound): Limits {
  const operations = Math.min(limits.operations, bound.operations) - besidePage;
  return { operations, bytes: Math.floor(Math.min(limits.bytes, bound.bytes) / 2) };
}

/** For two pages in one transaction. */
export function halfOf({ operations, bytes }: Limits): Limits {
  return { operations: Math.floor(operations / 2), bytes: Math.floor(bytes / 2) };
}

/** For a list of names within one record. */
export function roomForNames({ bytes }: Limits): Limits {
  return { operations: Number.POSITIVE_INFINITY, bytes: Math.floor(bytes / 2) };
}

/** One of the names. */
export function sizeOfName(name: string): Limits {
  return { operations: 0, bytes: bytesOf(name) + 1 };
}

/** Bytes of a value as it is stored. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
