import { AppError } from '../lib/errors.ts';
import type { Transaction } from '../store/contract.ts';
import type { Cluster } from './cluster.ts';
import { clusterRecords, hostRecords, membershipRecords } from './collections.ts';
import { type Host, isSuitable } from './host.ts';

/** Which hosts are in which cluster: the hostset and the membership of each host change together, here and nowhere else. */

/** Adds a host that is not in a cluster yet, whatever its state. @throws AppError `host_in_other_cluster` */
export async function enlist(tx: Transaction, cluster: Cluster, address: string): Promise<Cluster> {
  const current = (await tx.get(membershipRecords, address))?.value.cluster;
  if (current === cluster.name) return cluster;
  if (current !== undefined) {
    throw new AppError('host_in_other_cluster', `${address} is a member of the cluster ${current}`, {
      hint: `take it out first with \`commctl host unjoin ${address} ${current}\``,
      details: { cluster: current },
    });
  }
  const changed = { ...cluster, hostset: [...cluster.hostset, address] };
  tx.put(membershipRecords, address, { cluster: cluster.name });
  saveMembers(tx, changed);
  return changed;
}

/** Takes a host out of the cluster; nothing happens when it is not in it. */
export async function strike(tx: Transaction, cluster: Cluster, address: string): Promise<Cluster> {
  if (!cluster.hostset.includes(address)) return cluster;
  const changed = { ...cluster, hostset: cluster.hostset.filter((member) => member !== address) };
  tx.delete(membershipRecords, address);
  saveMembers(tx, changed);
  return changed;
}

/**
 * Adds a host that has come far enough to be one of the cluster's working members, and gives it the status that goes
 * with it (contract C8).
 *
 * @throws AppError `host_not_found`, `host_not_suitable`, `host_in_other_cluster`, `container_manager_failed`
 */
export async function join(tx: Transaction, cluster: Cluster, address: string): Promise<Cluster> {
  if (cluster.hostset.includes(address)) return cluster;
  const host = (await tx.get(hostRecords, address))?.value;
  if (host === undefined) throw hostNotFound(address);
  if (!isSuitable(host)) throw notSuitable(host);
  const changed = await enlist(tx, cluster, address);
  if (cluster.container_manager !== '') throw noSuchManager(cluster, address);
  tx.put(hostRecords, address, { ...host, status: 'disassociated' });
  tx.emit({ type: 'host', action: 'updated', key: address, data: { status: 'disassociated' } });
  return changed;
}

export function hostNotFound(address: string): AppError {
  return new AppError('host_not_found', `no host has the address ${address}`, {
    hint: 'list the hosts with `commctl host list`, or register it with `commctl host create`',
  });
}

function notSuitable({ address, status }: Host): AppError {
  return new AppError('host_not_suitable', `${address} cannot join a cluster while its status is "${status}"`, {
    hint:
      status === 'failed'
        ? `see why with \`commctl host get ${address}\`, and set it right`
        : `wait until \`commctl host status ${address}\` says disassociated or active`,
  });
}

function noSuchManager(cluster: Cluster, address: string): AppError {
  return new AppError(
    'container_manager_failed',
    `${address} was not added to ${cluster.name}: its container manager "${cluster.container_manager}" is not known here`,
    { hint: 'set container_manager of the cluster to "" to use it without one' },
  );
}

function saveMembers(tx: Transaction, cluster: Cluster): void {
  tx.put(clusterRecords, cluster.name, cluster);
  tx.emit({ type: 'cluster', action: 'updated', key: cluster.name });
}
