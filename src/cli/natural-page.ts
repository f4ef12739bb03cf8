import type { ListQuery, Page } from '../client/page.ts';
import { inAddressOrder, isName } from '../lib/address-order.ts';
import { naturalOrder } from '../lib/natural-order.ts';

type Ask<Q, T> = (query: Q) => Promise<Page<T>>;

/**
 * A page of names in natural order, `web2` before `web10`, unless the query has an order of its own. The server orders
 * names by their letters, so commctl takes the page from the whole list.
 */
export async function pageByName<T>(
  query: ListQuery,
  ask: Ask<ListQuery, T>,
  nameOf: (record: T) => string,
): Promise<Page<T>> {
  if (query.sort !== undefined) return ask(query);
  return cut(query, await wholeList(query, ask), (records) =>
    records.toSorted((one, other) => naturalOrder(nameOf(one), nameOf(other))),
  );
}

/**
 * The same for hosts: 192.0.2.9 before 192.0.2.10, addresses before names. The server sorts addresses in this way, too,
 * so a page without names comes from it: there may be very many hosts.
 */
export async function pageByAddress<Q extends ListQuery, T>(
  query: Q,
  ask: Ask<Q, T>,
  addressOf: (record: T) => string,
): Promise<Page<T>> {
  if (query.sort !== undefined) return ask(query);
  if (query.limit !== undefined || query.offset !== undefined) {
    const page = await ask({ ...query, sort: 'address' });
    if (!page.records.some((record) => isName(addressOf(record)))) return page;
  }
  return cut(query, await wholeList(query, ask), (records) => inAddressOrder(records, addressOf));
}

function wholeList<Q extends ListQuery, T>(query: Q, ask: Ask<Q, T>): Promise<Page<T>> {
  return ask({ ...query, limit: undefined, offset: undefined, reverse: undefined });
}

function cut<T>(
  { reverse, offset = 0, limit }: ListQuery,
  { records }: Page<T>,
  ordered: (records: readonly T[]) => T[],
): Page<T> {
  const all = ordered(records);
  if (reverse) all.reverse();
  return { records: all.slice(offset, limit === undefined ? undefined : offset + limit), total: all.length };
}
