/** What a transaction may hold: compared keys, written keys and events together, and bytes of what is written. */
export interface Bound {
  readonly operations: number;
  readonly bytes: number;
}

/** Kept to by every transaction that grows with the number of hosts. */
export const defaultBound: Bound = { operations: 1_000, bytes: 1024 * 1024 };

/** Keys and events of a transaction that do not grow with the number of hosts. */
const fixedOperations = 32;

/** What is left of the bound for pages beside the record of the operation and what goes with it. */
export function roomForPages({ operations, bytes }: Bound): Bound {
  return { operations: Math.max(1, operations - fixedOperations), bytes: Math.floor(bytes / 2) };
}

/** Cuts into pages within the bound, in order. What is over it by itself has a page of its own. */
export function pagesOf<T>(items: Iterable<T>, bound: Bound, costOf: (item: T) => Bound): T[][] {
  const pages: T[][] = [];
  let page: T[] = [];
  let operations = 0;
  let bytes = 0;
  for (const item of items) {
    const cost = costOf(item);
    const isFull = operations + cost.operations > bound.operations || bytes + cost.bytes > bound.bytes;
    if (isFull && page.length > 0) {
      pages.push(page);
      page = [];
      operations = 0;
      bytes = 0;
    }
    page.push(item);
    operations += cost.operations;
    bytes += cost.bytes;
  }
  if (page.length > 0) pages.push(page);
  return pages;
}
