import { type ChangeOptions, changing } from './change.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

/** The words of a noun in paths of the API, such as `budgets` and `budget`. */
export interface NounPaths {
  readonly many: string;
  readonly one: string;
}

/** The calls that nouns with names have in common. `Row` is what a list has of a record, `Shown` the whole of it. */
export function nounCalls<Row, Shown extends object>(transport: Transport, { many, one }: NounPaths) {
  return {
    list: (signal?: AbortSignal) => transport.list<Row>({ method: 'GET', path: path`/${many}`, signal }),

    /** Those that a query picks, and how many there are of them. */
    page: (query: ListQuery, signal?: AbortSignal) => page<Row>(transport, path`/${many}`, query, signal),

    get: (name: string, signal?: AbortSignal) =>
      transport.object<Shown>({ method: 'GET', path: path`/${one}/${name}`, signal }),

    delete: (name: string, options?: AbortSignal | ChangeOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/${one}/${name}`, ...changing(options) }),
  };
}
