import type { ContainerManagerRecord } from '../inventory/container-manager.ts';
import { type ChangeOptions, changing, type Patch } from './change.ts';
import { nounCalls } from './noun.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

type Members = Omit<ContainerManagerRecord, 'name'>;

/** The members to change; an option that is null is removed. */
export type ContainerManagerChange = { [Member in keyof Members]?: Members[Member] | undefined };

/** The routes of container managers. A list contains their names; their secrets are masked. */
export function containerManagers(transport: Transport) {
  return {
    ...nounCalls<string, ContainerManagerRecord>(transport, { many: 'containermanagers', one: 'containermanager' }),

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
  };
}
