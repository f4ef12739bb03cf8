import { type Static, Type as t } from '@sinclair/typebox';

/** Overlay network configuration for new hosts (contract 2.2). */
export const Network = t.Object({
  name: t.String(),
  type: t.Union([t.Literal('flannel_etcd'), t.Literal('flannel_server')], {
    description: 'flannel_etcd or flannel_server',
  }),
  options: t.Record(t.String(), t.Unknown(), { description: '"address", HOST:PORT, for flannel_server' }),
});
export type Network = Static<typeof Network>;
