import { type ChangeOptions, changing } from './change.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

/** The words of a noun in paths of the API, such as `budgets` and `budget`. */
export interface NounPaths {
  readonly many: string;
  readonly one: string;
}

/** The common calls of nouns with names. `Row` is an item of a list, `Shown` the whole record. */
export function nounCalls<Row, Shown extends object>(transport: Transport, { many, one }: NounPaths) {
  return {
    list: (signal?: AbortSignal) => transport.list<Row>({ method: 'GET', path: path`/${many}`, signal }),

    /** The records that match a query, and their number. */
    page: (query: ListQuery, signal?: AbortSignal) => page<Row>(transport, path`/${many}`, query, signal),

    get: (name: string, signal?: AbortSignal) =>
      transport.object<Shown>({ method: 'GET', path: path`/${one}/${name}`, signal }),

    delete: (name: string, options?: AbortSignal | ChangeOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/${one}/${name}`, ...changing(options) }),
  };
}
