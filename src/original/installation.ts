import type { Static, TSchema } from '@sinclair/typebox';
import { canonicalAddress } from '../lib/addresses.ts';
import { isName } from '../lib/names.ts';
import type { EtcdKey } from './etcd/tree.ts';
import { ClusterRecord, HostRecord, ManagerRecord, NetworkRecord, OperationRecord, parseRecord } from './records.ts';

/** The directory of the original in etcd (contract 11.2). */
export const rootDirectory = '/commissaire';

/** A key that could not be understood. */
export interface KeyFault {
  readonly key: string;
  readonly reason: string;
}

export type ClusterOperationKind = 'deploy' | 'upgrade' | 'restart';

export interface StoredOperation {
  readonly kind: ClusterOperationKind;
  readonly record: OperationRecord;
}

/** What an installation of the original has in etcd. */
export interface Installation {
  /** By canonical address. */
  readonly hosts: Map<string, HostRecord>;
  /** By name, like the others. */
  readonly clusters: Map<string, ClusterRecord>;
  readonly networks: Map<string, NetworkRecord>;
  readonly managers: Map<string, ManagerRecord>;
  /** The last ones of each cluster. */
  readonly operations: Map<string, StoredOperation[]>;
  /** The JSON texts at `/commissaire/config/<daemon>`. */
  readonly configurations: Map<string, string>;
  readonly faults: KeyFault[];
}

/** Reads the keys of the original. A key that is wrong does not stop the others. */
export function readInstallation(keys: readonly EtcdKey[]): Installation {
  const installation: Installation = {
    hosts: new Map(),
    clusters: new Map(),
    networks: new Map(),
    managers: new Map(),
    operations: new Map(),
    configurations: new Map(),
    faults: [],
  };
  // In one order, whatever that of etcd: of two clusters with one host the first has it.
  for (const each of keys.toSorted(byKey)) {
    if (!each.key.startsWith(`${rootDirectory}/`)) continue;
    const reason = take(installation, each);
    if (reason !== undefined) installation.faults.push({ key: each.key, reason });
  }
  return installation;
}

function byKey(one: EtcdKey, other: EtcdKey): number {
  return one.key < other.key ? -1 : 1;
}

/** Returns why the key could not be taken. */
function take(installation: Installation, { key, value }: EtcdKey): string | undefined {
  const [noun = '', name = '', ...rest] = key.slice(rootDirectory.length + 1).split('/');
  // Of version 0.0.1, and what Custodia keeps.
  if (noun === 'status' || noun === 'custodia') return undefined;
  if (noun === 'cluster') return takeOperation(installation, { name, kind: rest.join('/'), value });
  if (rest.length > 0 || name === '') return 'the original has no such key';
  switch (noun) {
    case 'hosts':
      return takeHost(installation, name, value);
    case 'clusters':
      return takeNamed(installation.clusters, ClusterRecord, { name, value });
    case 'networks':
      return takeNamed(installation.networks, NetworkRecord, { name, value });
    case 'container_managers':
      return takeNamed(installation.managers, ManagerRecord, { name, value });
    case 'config':
      installation.configurations.set(name, value);
      return undefined;
    default:
      return 'the original has no such key';
  }
}

interface Named {
  readonly name: string;
  readonly value: string;
}

function takeNamed<S extends TSchema>(
  records: Map<string, Static<S>>,
  schema: S,
  { name, value }: Named,
): string | undefined {
  if (!isName(name)) return 'its name has characters that a name may not have';
  const parsed = parseRecord(schema, value);
  if ('reason' in parsed) return parsed.reason;
  const { record } = parsed;
  const own = (record as { name?: string }).name;
  if (own !== undefined && own !== name) return `its record is that of ${JSON.stringify(own.slice(0, 80))}`;
  records.set(name, record);
  return undefined;
}

function takeHost({ hosts }: Installation, name: string, value: string): string | undefined {
  const address = addressOf(name);
  if (address === undefined) return 'it is not the address of a host';
  const parsed = parseRecord(HostRecord, value);
  if ('reason' in parsed) return parsed.reason;
  const own = parsed.record.address;
  if (own !== undefined && addressOf(own) !== address)
    return `its record is that of ${JSON.stringify(own.slice(0, 80))}`;
  if (hosts.has(address)) return `it is another spelling of the host ${address}`;
  hosts.set(address, parsed.record);
  return undefined;
}

const operationKinds: readonly string[] = ['deploy', 'upgrade', 'restart'] satisfies ClusterOperationKind[];

function takeOperation(
  { operations }: Installation,
  { name, kind, value }: Named & { kind: string },
): string | undefined {
  if (!isKind(kind) || !isName(name)) return 'the original has no such key';
  const parsed = parseRecord(OperationRecord, value);
  if ('reason' in parsed) return parsed.reason;
  operations.set(name, [...(operations.get(name) ?? []), { kind, record: parsed.record }]);
  return undefined;
}

function isKind(text: string): text is ClusterOperationKind {
  return operationKinds.includes(text);
}

/** The canonical address of a text; undefined when it is none. */
export function addressOf(text: string): string | undefined {
  try {
    return canonicalAddress(text);
  } catch {
    return undefined;
  }
}
