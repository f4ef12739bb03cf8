import type { Network } from '../inventory/network.ts';
import { type ChangeOptions, changing } from './change.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

/** The routes of networks. */
export function networks(transport: Transport) {
  return {
    list: (signal?: AbortSignal) => transport.list<string>({ method: 'GET', path: path`/networks`, signal }),

    /** Those that a query picks, and how many there are of them. */
    page: (query: ListQuery, signal?: AbortSignal) => page<string>(transport, path`/networks`, query, signal),

    get: (name: string, signal?: AbortSignal) =>
      transport.object<Network>({ method: 'GET', path: path`/network/${name}`, signal }),

    create: (name: string, body: Omit<Network, 'name'>, options?: AbortSignal | ChangeOptions) =>
      transport.object<Network>({ method: 'PUT', path: path`/network/${name}`, body, ...changing(options) }),

    delete: (name: string, options?: AbortSignal | ChangeOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/network/${name}`, ...changing(options) }),
  };
}
