import type { CachingStore } from '../store/cached.ts';
import type { Entry, Reader } from '../store/contract.ts';
import { type MemberRecord, memberRecords, rosterRecords } from './collections.ts';

type Member = Pick<Entry<MemberRecord>, 'key' | 'value'>;

/** The key of a member. No name of a cluster has a slash, and no address either. */
export function memberKey(cluster: string, address: string): string {
  return `${cluster}/${address}`;
}

/** The place of a member that joined with a change. @param index of the member in the change */
export function placeIn(change: string, index: number): string {
  return `${change}/${String(index).padStart(7, '0')}`;
}

/** Addresses of the members of a cluster, in the order they joined; none when there is no such cluster. */
export async function membersOf(reader: Reader, cluster: string): Promise<string[]> {
  // Compared by those who are `lookingOnce`.
  await reader.get(rosterRecords, cluster);
  return inOrder(cluster, await Array.fromAsync(reader.list(memberRecords, { prefix: memberKey(cluster, '') })));
}

/**
 * For a transaction that is about the members of a cluster: what it lists is read from the store, and not compared at the
 * commit row by row. That nobody came or went meanwhile is told by the one record that all of them write.
 */
export function lookingOnce(store: Pick<Reader, 'list'>, tx: Pick<Reader, 'get'>): Reader {
  return {
    get: (collection, key) => tx.get(collection, key),
    list: (collection, range) => store.list(collection, range),
  };
}

/** The same, of what is kept in memory. */
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
  // By their keys they come in the order of their addresses, and those that are equal stay so.
  const sorted = members.toSorted(({ value: one }, { value: other }) => {
    if (one.joined === other.joined) return 0;
    return one.joined < other.joined ? -1 : 1;
  });
  return sorted.map(({ key }) => key.slice(start));
}

/** Where the first entry at or past the key is. Keys are ASCII: any comparison has their order. */
function firstFrom(entries: readonly Entry<MemberRecord>[], key: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
