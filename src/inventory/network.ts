import { type Static, Type as t } from '@sinclair/typebox';
import { choices } from '../lib/choices.ts';

/** Overlay network configuration for new hosts (contract 2.2). */
export const Network = t.Object({
  name: t.String({ description: 'Name of the network' }),
  type: choices(
    {
      flannel_etcd: 'flannel reads its configuration from etcd',
      flannel_server: 'flannel asks a server, which the option address names',
    },
    { description: 'Where the overlay network has its configuration' },
  ),
  options: t.Record(t.String(), t.Unknown(), {
    description: 'Options of the type: "address", HOST:PORT, for flannel_server',
  }),
});
export type Network = Static<typeof Network>;
