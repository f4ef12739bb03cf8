import { hostRecords } from '../inventory/collections.ts';
import { naturalOrder } from '../lib/natural-order.ts';
import type { Transaction } from '../store/contract.ts';
import type { Strategy } from './strategy.ts';

/**
 * The hosts in the order in which the operation takes them. A random order is determined by its seed, so that a plan
 * can show it and a rerun can repeat it.
 */
export async function ordered(
  tx: Pick<Transaction, 'get'>,
  addresses: readonly string[],
  { order, seed = 0 }: Pick<Strategy, 'order' | 'seed'>,
): Promise<string[]> {
  if (order === 'listed') return [...addresses];
  if (order === 'name') return addresses.toSorted(naturalOrder);
  if (order === 'random') return shuffled(addresses, seed);
  const label = order.slice('label:'.length);
  const values = new Map<string, string>();
  for (const address of addresses)
    values.set(address, (await tx.get(hostRecords, address))?.value.labels?.[label] ?? '');
  return addresses.toSorted((a, b) => naturalOrder(values.get(a) ?? '', values.get(b) ?? ''));
}

/** Fisher and Yates, with the numbers of a generator (mulberry32) that the seed determines. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  for (let last = result.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [result[last], result[other]];
    if (a === undefined || b === undefined) continue;
    result[last] = b;
    result[other] = a;
  }
  return result;
}
