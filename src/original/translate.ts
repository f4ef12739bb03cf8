import { Value } from '@sinclair/typebox/value';
import { checkedOptions, ManagerType } from '../container-managers/options.ts';
import type { ContainerManagerRecord } from '../inventory/container-manager.ts';
import { Network } from '../inventory/network.ts';
import { describeError } from '../lib/errors.ts';
import type { Installation } from './installation.ts';
import type { ManagerRecord, NetworkRecord, OperationRecord } from './records.ts';
import { translateClusters } from './translate-clusters.ts';
import { type HostChoices, translateHosts } from './translate-hosts.ts';
import type { LeftOut, Noted, Wanted } from './wanted.ts';

/** The names of what the product has already. */
export interface Present {
  readonly hosts: Iterable<string>;
  readonly networks: Iterable<string>;
  readonly managers: Iterable<string>;
}

/**
 * What an import makes of an installation, and what it leaves out with the reason.
 *
 * @throws AppError `custodia_unreadable`
 */
export async function translate(installation: Installation, choices: HostChoices, present: Present): Promise<Wanted> {
  const leftOut: LeftOut[] = installation.faults.map(({ key, reason }) => ({ kind: 'key', name: key, reason }));
  const networks = kept(installation.networks, translateNetwork, { kind: 'network', leftOut });
  const managers = kept(installation.managers, translateManager, { kind: 'container_manager', leftOut });
  const { hosts, leftOut: withoutKeys } = await translateHosts(installation.hosts, choices);
  const clusters = translateClusters(installation.clusters, {
    hosts: new Set([...present.hosts, ...hosts.map(({ record }) => record.address)]),
    networks: new Set([...present.networks, ...networks.map(({ record }) => record.name)]),
    managers: new Set([...present.managers, ...managers.map(({ record }) => record.name)]),
  });
  return { networks, managers, hosts, clusters, leftOut: [...leftOut, ...withoutKeys, ...operationsOf(installation)] };
}

/** The translated records; those that cannot be are added to `leftOut`. */
function kept<R, T>(
  records: ReadonlyMap<string, R>,
  translated: (name: string, record: R) => Noted<T>,
  { kind, leftOut }: { kind: LeftOut['kind']; leftOut: LeftOut[] },
): Noted<T>[] {
  const found: Noted<T>[] = [];
  for (const [name, record] of records) {
    try {
      found.push(translated(name, record));
    } catch (error) {
      leftOut.push({ kind, name, reason: describeError(error) });
    }
  }
  return found;
}

function translateNetwork(name: string, { type = 'flannel_etcd', options = {} }: NetworkRecord): Noted<Network> {
  const network = { name, type, options };
  if (Value.Check(Network, network)) return { record: network, notes: [] };
  throw new Error(`there is no type ${JSON.stringify(type.slice(0, 40))} of networks`);
}

function translateManager(
  name: string,
  { type = 'openshift', options = {} }: ManagerRecord,
): Noted<ContainerManagerRecord> {
  if (!Value.Check(ManagerType, type)) {
    throw new Error(`there is no type ${JSON.stringify(type.slice(0, 40))} of container managers`);
  }
  const checked = checkedOptions(type, options);
  const isUnverified =
    type !== 'trivial' && !('certificate_authority' in checked) && String(checked.server_url).startsWith('https:');
  return {
    record: { name, type, options: checked },
    notes: isUnverified
      ? ['its certificate is verified now: when a private CA signed it, set the option certificate_authority']
      : [],
  };
}

/** The product keeps the operations that it ran itself, with a journal; the original left only a summary. */
function operationsOf({ operations }: Installation): LeftOut[] {
  return [...operations].flatMap(([cluster, stored]) =>
    stored.map(({ kind, record }) => ({
      kind: 'operation' as const,
      name: `${cluster}/${kind}`,
      reason: `only shown: ${summaryOf(record)}`,
    })),
  );
}

function summaryOf({ status = '', version, started_at = '', finished_at = '', ...lists }: OperationRecord): string {
  const done = lists.deployed ?? lists.upgraded ?? lists.restarted ?? [];
  const left = lists.in_process ?? [];
  return [
    ...(version === undefined ? [] : [`version ${version}`]),
    status === '' ? 'no status' : status,
    `${done.length} hosts done`,
    ...(left.length === 0 ? [] : [`${left.length} not`]),
    `from ${started_at || 'unknown'} to ${finished_at || 'unknown'}`,
  ].join(', ');
}
