import type { HostStatus, HostView } from '../client/records.ts';
import type { Host } from '../inventory/host.ts';
import { since, whole } from './cell.ts';
import type { Membership, Memberships } from './memberships.ts';
import { size } from './quantity.ts';
import { sameMachineText } from './same-machine.ts';
import { columns, recordTable, type Table } from './table.ts';

/** One line per host. */
export function hostTable(hosts: readonly Host[], memberships: Memberships = new Map()): Table {
  const of = ({ address }: Host) => memberships.get(address);
  const named = hosts.some(({ name }) => name !== undefined);
  const lines = columns<Host>(
    {
      ADDRESS: ({ address }) => whole(address),
      // Only where there is something in the column.
      ...(named ? { NAME: ({ name = '' }: Host) => whole(name) } : {}),
      STATUS: (host) => whole(shownStatus(host, of(host))),
      CLUSTER: (host) => whole(of(host)?.cluster ?? ''),
      OS: ({ os }) => os,
      CPUS: ({ cpus }) => counted(cpus),
      MEMORY: ({ memory }) => size(memory),
      SPACE: ({ space }) => size(space),
      'LAST CHECK': ({ last_check }) => since(last_check),
      LABELS: ({ labels }) => labelled(labels),
    },
    { CLUSTER: 1, 'LAST CHECK': 2, LABELS: 3, OS: 4, MEMORY: 5, CPUS: 6, SPACE: 7 },
  );
  return lines(hosts);
}

/** One host in full. */
export function hostRecord(host: HostView, membership?: Membership): Table {
  const { address, name, status: _, same_machine, existing: __, ...rest } = host;
  const named = name === undefined ? {} : { name };
  const same = same_machine === undefined ? {} : { same_machine: same_machine.map(sameMachineText) };
  const cluster = membership === undefined ? {} : { cluster: membership.cluster };
  const numbers = { cpus: counted(host.cpus), memory: size(host.memory), space: size(host.space) };
  return recordTable({
    address,
    ...named,
    status: shownStatus(host, membership),
    ...cluster,
    ...rest,
    ...numbers,
    ...same,
  });
}

/** The status of a host and its node. */
export function statusRecord(state: HostStatus, membership?: Membership): Table {
  return recordTable({ ...state, host: { ...state.host, status: shownStatus(state.host, membership) } });
}

/**
 * Without a container manager a healthy member of a cluster stays `disassociated`, as scripts of the original expect: a
 * person reads that as a fault.
 */
function shownStatus({ status }: Pick<Host, 'status'>, membership: Membership | undefined): string {
  return status === 'disassociated' && membership?.isManaged === false ? 'ready' : status;
}

function labelled(labels: Host['labels']): string {
  return Object.entries(labels)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(' ');
}

/** Empty for 0, which means unknown. */
function counted(count: number): string {
  return count === 0 ? '' : String(count);
}
