import { foldNodeSet } from '../lib/node-set.ts';
import type { HandshakeWindow } from '../operations/handshake-window.ts';
import type { Operation, OperationDetail, OperationHost } from '../operations/operation.ts';
import { type Cell, prose, whole } from './cell.ts';
import { nameOf } from './operation-reference.ts';
import { truncate } from './printable.ts';
import { instant } from './quantity.ts';
import { recordTable, type Table, table } from './table.ts';
import { stateOf } from './wait/changed-hosts.ts';
import { errorOf, nameless } from './wait/failures.ts';

const heading = ['NUMBER', 'ID', 'KIND', 'TARGET', 'STATUS', 'HOSTS', 'DONE', 'FAILED', 'BY', 'STARTED', 'FINISHED'];
/** A target may name thousands of hosts. */
const mostTarget = 40;

/** One line per operation. */
export function operationTable(operations: readonly Operation[]): Table {
  return table([heading, ...operations.map(row)]);
}

/** More hosts than this are folded. */
const mostHosts = 40;

/** One operation in full, then one line per host, or per group of equal hosts when there are many. */
export function operationRecord({ results, ...operation }: OperationDetail): Table {
  return [...operationMembers(operation), '', ...(results.length > mostHosts ? foldedHosts(results) : hosts(results))];
}

/** The same without the hosts. */
export function operationMembers({ handshake_window, ...operation }: Operation): Table {
  return recordTable({ ...operation, handshakes: handshakes(handshake_window) });
}

function hosts(results: readonly OperationHost[]): Table {
  return table([
    ['ADDRESS', 'STATE', 'ATTEMPTS', 'EXIT CODE', 'STARTED', 'FINISHED', 'ERROR'],
    ...results.map(hostRow),
  ]);
}

/** The rarest outcomes first. The names come last, because they may be long. */
function foldedHosts(results: readonly OperationHost[]): Table {
  const alike = Map.groupBy(results, (host) => `${stateOf(host)} ${host.exit_code} ${nameless(host)}`);
  const groups = [...alike.values()].sort((a, b) => a.length - b.length);
  return table([['COUNT', 'STATE', 'EXIT CODE', 'ERROR', 'HOSTS'], ...groups.map(groupRow)]);
}

function groupRow(alike: readonly OperationHost[]): (string | Cell)[] {
  const [first] = alike;
  if (first === undefined) return [];
  const code = first.exit_code === null ? '' : String(first.exit_code);
  const names = foldNodeSet(alike.map(({ address }) => address));
  return [String(alike.length), stateOf(first), code, prose(errorOf(alike)), whole(names)];
}

function row({
  id,
  number,
  kind,
  target,
  status,
  counts,
  requested_by,
  started_at,
  finished_at,
}: Operation): (string | Cell)[] {
  const { pending = 0, running = 0, failed = 0, unreachable = 0 } = counts;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const numbers = [total, total - pending - running, failed + unreachable].map(String);
  const times = [started_at, finished_at].map(instant);
  return [
    whole(nameOf({ id, number })),
    whole(id),
    kind,
    truncate(target, mostTarget),
    status,
    ...numbers,
    requested_by,
    ...times,
  ];
}

/** `64 at a time (16 to 96), 12 ms each, growing`; empty when the server does not report it, or does not know yet. */
export function handshakes(window: HandshakeWindow | null | undefined): string {
  if (!window) return '';
  const { limit, smallest, largest, latency_ms, reason } = window;
  const each = latency_ms === null ? '' : `, ${latency_ms} ms each`;
  return `${limit} at a time (${smallest} to ${largest})${each}, ${reason}`;
}

function hostRow(host: OperationHost): (string | Cell)[] {
  const { address, attempts, exit_code, started_at, finished_at } = host;
  const code = exit_code === null ? '' : String(exit_code);
  const times = [instant(started_at), instant(finished_at)];
  return [whole(address), stateOf(host), String(attempts), code, ...times, prose(errorOf([host]))];
}
