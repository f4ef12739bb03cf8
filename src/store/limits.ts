/** The size of a transaction. */
export interface Size {
  /**
   * The keys that the commit compares, including those of lists, the keys and chunks that are written or removed, and
   * the events.
   */
  readonly operations: number;
  /** The bytes of the written values and of the events, as JSON; of chunks as they are. */
  readonly bytes: number;
}

/** The most that a store accepts in one transaction. */
export type Limits = Size;

/** No store has lower limits: a transaction within these can be written to any. */
export const leastLimits: Limits = { operations: 128, bytes: 1024 * 1024 };

export const noLimits: Limits = { operations: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/** An error in the program: it must write in pages what has no bound. */
export class TransactionTooLarge extends Error {
  override readonly name = 'TransactionTooLarge';
}

/**
 * The items in order, in pages that each fit into one transaction. An item that is too large by itself is a page of its
 * own, and its commit throws.
 *
 * @param sizeOf the size that one item adds to its transaction
 * @param beside the size of what each transaction has beside the items
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

/** The most that one transaction contains of an unbounded list, because other writers want their turn. */
export const pageBound: Limits = { operations: 1_000, bytes: 1024 * 1024 };

/** Keys and events that a transaction has besides its page, such as the record of its cursor, and its indexes. */
const besidePage = 32;

/** The most that the page of a transaction may contain; as many bytes are left for what is beside it. */
export function roomForPage({ limits }: { readonly limits: Limits }, bound: Limits = pageBound): Limits {
  const operations = Math.min(limits.operations, bound.operations) - besidePage;
  return { operations, bytes: Math.floor(Math.min(limits.bytes, bound.bytes) / 2) };
}

/** For two pages in one transaction. */
export function halfOf({ operations, bytes }: Limits): Limits {
  return { operations: Math.floor(operations / 2), bytes: Math.floor(bytes / 2) };
}

/** The bytes of a value as it is stored. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
