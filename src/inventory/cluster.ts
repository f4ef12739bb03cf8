import { type Static, Type as t } from '@sinclair/typebox';
import { rebootTimeoutRange } from '../lib/reboot-timeout.ts';
import type { Host } from './host.ts';

const [minimum, maximum] = rebootTimeoutRange;
/** Seconds. */
export const RebootTimeout = t.Integer({
  minimum,
  maximum,
  description: 'Seconds that a machine may take to come back from a reboot',
});

/** A set of hosts (contract 2.2). */
export const Cluster = t.Object({
  name: t.String({ description: 'Name of the cluster' }),
  status: t.String({
    description: 'Whether its hosts are available',
    meanings: { ok: 'All are', degraded: 'Some are', failed: 'None is' },
  }),
  network: t.String({ description: 'Network of new hosts' }),
  hostset: t.Array(t.String(), { description: 'Addresses of the members, in the order they joined' }),
  container_manager: t.String({ description: 'Name of the container manager, or empty' }),
  reboot_timeout: t.Optional(RebootTimeout),
});
export type Cluster = Static<typeof Cluster>;

/** A cluster as GET shows it: with the state of its members. */
export const ClusterView = t.Object({
  ...Cluster.properties,
  hosts: t.Object(
    {
      total: t.Integer({ description: 'Members' }),
      available: t.Integer({ description: 'Members that are available' }),
      unavailable: t.Integer({ description: 'Members that are not' }),
    },
    { description: 'How many hosts it has' },
  ),
});
export type ClusterView = Static<typeof ClusterView>;

/** The members of the answer to a PUT (contract C3): without hostset. */
export const ClusterSummary = t.Omit(Cluster, ['hostset']);
export type ClusterSummary = Static<typeof ClusterSummary>;

/** A cluster as it is stored. Its members are stored in records of their own. */
export type StoredCluster = ClusterSummary;

/** The cluster without its members. */
export function summaryOf({ name, status, network, container_manager, reboot_timeout }: StoredCluster): ClusterSummary {
  const own = reboot_timeout === undefined ? {} : { reboot_timeout };
  return { name, status, network, container_manager, ...own };
}

/** The cluster with its members, in the order they joined. */
export function clusterOf(stored: StoredCluster, hostset: string[]): Cluster {
  const { name, status, network, ...rest } = summaryOf(stored);
  return { name, status, network, hostset, ...rest };
}

/**
 * Contract 3.2, but a `disassociated` member of a cluster without a container manager counts as available, because such
 * a member can never become `active`.
 */
export function viewOf(cluster: Cluster, members: readonly (Pick<Host, 'status'> | undefined)[]): ClusterView {
  const good = cluster.container_manager === '' ? ['active', 'disassociated'] : ['active'];
  const available = members.filter((host) => host !== undefined && good.includes(host.status)).length;
  const total = members.length;
  return {
    ...cluster,
    status: statusOf(total, available),
    hosts: { total, available, unavailable: total - available },
  };
}

function statusOf(total: number, available: number): string {
  if (available === total) return 'ok';
  return available === 0 ? 'failed' : 'degraded';
}
