import type { CachingStore } from '../store/cached.ts';
import type { Entry, Reader } from '../store/contract.ts';
import { type MemberRecord, memberRecords, rosterRecords } from './collections.ts';

type Member = Pick<Entry<MemberRecord>, 'key' | 'value'>;

/** The key of a member. Neither names of clusters nor addresses contain a slash. */
export function memberKey(cluster: string, address: string): string {
  return `${cluster}/${address}`;
}

/** The place of a member among those that joined. @param index of the member in the change */
export function placeIn(change: string, index: number): string {
  return `${change}/${String(index).padStart(7, '0')}`;
}

/** Addresses of the members of a cluster, in the order they joined; none when there is no such cluster. */
export async function membersOf(reader: Reader, cluster: string): Promise<string[]> {
  // With `lookingOnce`, the commit compares only this record.
  await reader.get(rosterRecords, cluster);
  return inOrder(cluster, await Array.fromAsync(reader.list(memberRecords, { prefix: memberKey(cluster, '') })));
}

/**
 * A reader for a transaction about the members of a cluster. It reads lists from the store, so that the commit does not
 * compare every row. The commit instead compares the one record that every change of the members writes.
 */
export function lookingOnce(store: Pick<Reader, 'list'>, tx: Pick<Reader, 'get'>): Reader {
  return {
    get: (collection, key) => tx.get(collection, key),
    list: (collection, range) => store.list(collection, range),
  };
}

/** The members, from the records in memory. */
export class KnownMembers {
  readonly #store: CachingStore;
  readonly #known = new Map<string, readonly string[]>();
  #entries: readonly Entry<MemberRecord>[] = [];

  constructor(store: CachingStore) {
    this.#store = store;
  }

  async of(cluster: string): Promise<readonly string[]> {
    const entries = await this.#store.all(memberRecords);
    if (entries !== this.#entries) this.#known.clear();
    this.#entries = entries;
    const known = this.#known.get(cluster);
    if (known !== undefined) return known;
    const prefix = memberKey(cluster, '');
    const first = firstFrom(entries, prefix);
    let end = first;
    while (entries[end]?.key.startsWith(prefix)) end += 1;
    const found = inOrder(cluster, entries.slice(first, end));
    this.#known.set(cluster, found);
    return found;
  }
}

function inOrder(cluster: string, members: readonly Member[]): string[] {
  const start = memberKey(cluster, '').length;
  // The entries come in the order of their addresses, and the sort is stable.
  const sorted = members.toSorted(({ value: one }, { value: other }) => {
    if (one.joined === other.joined) return 0;
    return one.joined < other.joined ? -1 : 1;
  });
  return sorted.map(({ key }) => key.slice(start));
}

/** The index of the first entry at or after the key. Keys are ASCII, so any comparison has the same order. */
function firstFrom(entries: readonly Entry<MemberRecord>[], key: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
