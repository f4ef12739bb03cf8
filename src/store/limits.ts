/** The size of a transaction. */
export interface Size {
  /** The keys that are compared at the commit, those of lists among them, the keys and chunks that are written or removed, and the events. */
  readonly operations: number;
  /** Of the values that are written and of the events, as JSON; of chunks as they are. */
  readonly bytes: number;
}

/** The most that a store takes in one transaction. */
export type Limits = Size;

/** No store has lower ones: what keeps to them can be written in any. */
export const leastLimits: Limits = { operations: 128, bytes: 1024 * 1024 };

export const noLimits: Limits = { operations: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** A fault of the program: what has no bound of its own is to be written in pages. */
export class TransactionTooLarge extends Error {
  override readonly name = 'TransactionTooLarge';
}

/**
 * The items in order, as many at a time as one transaction may take. An item that is too large by itself is a page of its
 * own, and its commit says so.
 *
 * @param sizeOf the size that one item adds to its transaction
 * @param beside what each transaction has beside the items
 */
export function* pagesOf<T>(
  items: Iterable<T>,
  sizeOf: Size | ((item: T) => Size),
  limits: Limits,
  beside: Size = { operations: 0, bytes: 0 },
): Generator<T[]> {
  let page: T[] = [];
  let { operations, bytes } = beside;
  for (const item of items) {
    const size = typeof sizeOf === 'function' ? sizeOf(item) : sizeOf;
    const isFull = operations + size.operations > limits.operations || bytes + size.bytes > limits.bytes;
    if (isFull && page.length > 0) {
      yield page;
      page = [];
      ({ operations, bytes } = beside);
    }
    page.push(item);
    operations += size.operations;
    bytes += size.bytes;
  }
  if (page.length > 0) yield page;
}

/** The most that one transaction holds of a list without a bound of its own: others want to write meanwhile. */
export const pageBound: Limits = { operations: 1_000, bytes: 1024 * 1024 };

/** Keys and events of a transaction besides its page, such as the record of its cursor, and its indexes. */
const besidePage = 32;

/** What the page of a transaction may come to; as many bytes are left for what is beside it. */
export function roomForPage({ limits }: { readonly limits: Limits }, bound: Limits = pageBound): Limits {
  const operations = Math.min(limits.operations, bound.operations) - besidePage;
  return { operations, bytes: Math.floor(Math.min(limits.bytes, bound.bytes) / 2) };
}

/** For two pages in one transaction. */
export function halfOf({ operations, bytes }: Limits): Limits {
  return { operations: Math.floor(operations / 2), bytes: Math.floor(bytes / 2) };
}

/** Bytes of a value as it is stored. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
