import type { ContainerManagerRecord } from '../inventory/container-manager.ts';
import { type ChangeOptions, changing, type Patch } from './change.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

type Members = Omit<ContainerManagerRecord, 'name'>;

/** What to change; an option that is null is taken away. */
export type ContainerManagerChange = { [Member in keyof Members]?: Members[Member] | undefined };

/** The routes of container managers. Their secrets come back as masks. */
export function containerManagers(transport: Transport) {
  return {
    list: (signal?: AbortSignal) => transport.list<string>({ method: 'GET', path: path`/containermanagers`, signal }),

    /** Those that a query picks, and how many there are of them. */
    page: (query: ListQuery, signal?: AbortSignal) => page<string>(transport, path`/containermanagers`, query, signal),

    get: (name: string, signal?: AbortSignal) =>
      transport.object<ContainerManagerRecord>({ method: 'GET', path: path`/containermanager/${name}`, signal }),

    create: (name: string, body: Members, options?: AbortSignal | ChangeOptions) =>
      transport.object<ContainerManagerRecord>({
        method: 'PUT',
        path: path`/containermanager/${name}`,
        body,
        ...changing(options),
      }),

    change: (name: string, body: Patch<ContainerManagerChange>, options?: AbortSignal | ChangeOptions) =>
      transport.object<ContainerManagerRecord>({
        method: 'PATCH',
        path: path`/containermanager/${name}`,
        body,
        idempotent: true,
        ...changing(options),
      }),

    delete: (name: string, options?: AbortSignal | ChangeOptions) =>
      transport.list<never>({ method: 'DELETE', path: path`/containermanager/${name}`, ...changing(options) }),
  };
}
