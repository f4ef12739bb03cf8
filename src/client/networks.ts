import type { Network } from '../inventory/network.ts';
import { type ChangeOptions, changing } from './change.ts';
import { nounCalls } from './noun.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

/** The routes of networks. A list contains their names. */
export function networks(transport: Transport) {
  return {
    ...nounCalls<string, Network>(transport, { many: 'networks', one: 'network' }),

    create: (name: string, body: Omit<Network, 'name'>, options?: AbortSignal | ChangeOptions) =>
      transport.object<Network>({ method: 'PUT', path: path`/network/${name}`, body, ...changing(options) }),

    /** Stores the record as given, in place of the one that is there; clusters that name it keep it. */
    importRecord: (name: string, body: Omit<Network, 'name'>, options?: AbortSignal | ChangeOptions) =>
      transport.object<Network>({
        method: 'PUT',
        path: path`/network/${name}`,
        query: { import: 'true' },
        body,
        ...changing(options),
      }),
  };
}
