import { inAddressOrder } from '../lib/address-order.ts';
import { foldNodeSet } from '../lib/node-set.ts';
import type { HandshakeWindow } from '../operations/handshake-window.ts';
import type { Operation, OperationDetail, OperationHost } from '../operations/operation.ts';
import { nameOf } from '../operations/operation-name.ts';
import { type Cell, date, prose, since, whole } from './cell.ts';
import type { Context } from './context.ts';
import { isWide } from './formats.ts';
import { printable } from './printable.ts';
import { recordTable, type Table, table } from './table.ts';
import type { Sink } from './terminal.ts';
import { stateOf } from './wait/changed-hosts.ts';
import { nameless } from './wait/failures.ts';
import { colours } from './wait/line.ts';
import { nextCommands, reasonLines } from './wait/recap.ts';
import { sentenceWithReason, type Told, toneOf, wordOf } from './wait/sentence.ts';

const heading = [
  'NUMBER',
  'KIND',
  'TARGET',
  'STATUS',
  'HOSTS',
  'OK',
  'FAILED',
  'UNREACHABLE',
  'BY',
  'STARTED',
  'FINISHED',
  'ID',
];
const ranks = { STARTED: 1, UNREACHABLE: 2, OK: 3, BY: 4, HOSTS: 5, FINISHED: 6, ID: 7 };

/** One line per operation. */
export function operationTable(operations: readonly Operation[]): Table {
  return table([heading, ...operations.map(row)], ranks);
}

/** The colours of the lines of that table. */
export function operationColours(operations: readonly Operation[]): (number | undefined)[] {
  return [undefined, ...operations.map((operation) => colours[toneOf(operation)])];
}

/** More hosts than this are folded. */
const mostHosts = 40;
/** The lines of the members, of the heading of the hosts, between the parts, and of the next prompt. */
const otherLines = 14;
/** So many hosts are not folded, however low the screen is. */
const fewHosts = 3;

/**
 * One operation, then one line per host, or per group of equal hosts when they are many or do not fit the screen, those
 * that failed first. Last comes why they failed, and what to type next. A wide one has its strategy and all other
 * members.
 */
export function operationRecord(operation: OperationDetail, context: Shown): Table {
  const { results, ...members } = operation;
  const reasons = reasonLines(operation).map((sentence) => ({ sentence }));
  const next = nextCommands(operation).map(printable);
  const most = isWide(context) ? mostHosts : mostOn(context.terminal.stdout, reasons.length + next.length);
  return [
    ...(isWide(context) ? allMembers(members) : shortMembers(operation)),
    '',
    ...(results.length > most ? foldedHosts(results) : hosts(results)),
    ...(reasons.length + next.length === 0 ? [] : ['', ...reasons, ...next]),
  ];
}

/** Where a record is shown, and how wide. */
interface Shown extends Pick<Context, 'shape'> {
  readonly terminal: { readonly stdout: Pick<Sink, 'isTerminal' | 'size'> };
}

/** How many hosts fit a screen with a line each. */
function mostOn({ isTerminal, size }: Shown['terminal']['stdout'], recap: number): number {
  if (!isTerminal) return mostHosts;
  return Math.min(mostHosts, Math.max(fewHosts, size().rows - otherLines - recap));
}

/** The same without the hosts. */
export function operationMembers(operation: Operation, context: Pick<Context, 'shape'>): Table {
  if (isWide(context)) return allMembers(operation);
  const recap = nextCommands(operation);
  return [...shortMembers(operation), ...(recap.length === 0 ? [] : ['', ...recap.map(printable)])];
}

function allMembers({ handshake_window, ...operation }: Operation): Table {
  return recordTable({ ...operation, handshakes: handshakes(handshake_window) });
}

/** What it does, how it stands or ended, and who started it when. */
function shortMembers(operation: Told): Table {
  const { id, number, kind, target, parameters, requested_by, started_at, finished_at } = operation;
  const given = Object.entries(parameters).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return table([
    ...(number === undefined ? [] : [['number', String(number)]]),
    ['id', whole(id)],
    ['kind', kind],
    ...given,
    ['target', target],
    ['status', prose(sentenceWithReason(operation))],
    ['requested_by', requested_by],
    ['started_at', date(started_at)],
    ...(finished_at === '' ? [] : [['finished_at', date(finished_at)]]),
  ]);
}

function hosts(results: readonly OperationHost[]): Table {
  const heading = ['ADDRESS', 'STATE', 'ATTEMPTS', 'EXIT CODE', 'STARTED', 'FINISHED'];
  const sorted = inAddressOrder(results, ({ address }) => address).toSorted((a, b) => badness(b) - badness(a));
  return table([heading, ...sorted.map(hostRow)], { STARTED: 1, ATTEMPTS: 2, FINISHED: 3 });
}

/** Those that failed come first. */
function badness({ state }: OperationHost): number {
  return state === 'failed' ? 2 : Number(state === 'unreachable');
}

/** Those that failed first, then the rarest. The names come last, because they may be long. */
function foldedHosts(results: readonly OperationHost[]): Table {
  const alike = Map.groupBy(results, (host) => `${stateOf(host)} ${host.exit_code} ${nameless(host)}`);
  const groups = [...alike.values()].sort((a, b) => worst(b) - worst(a) || a.length - b.length);
  return table([['COUNT', 'STATE', 'EXIT CODE', 'HOSTS'], ...groups.map(groupRow)]);
}

function worst([first]: readonly OperationHost[]): number {
  return first === undefined ? 0 : badness(first);
}

function groupRow(alike: readonly OperationHost[]): (string | Cell)[] {
  const [first] = alike;
  if (first === undefined) return [];
  const code = first.exit_code === null ? '' : String(first.exit_code);
  const names = foldNodeSet(alike.map(({ address }) => address));
  return [String(alike.length), stateOf(first), code, whole(names)];
}

function row(operation: Operation): (string | Cell)[] {
  const { id, kind, target, counts, requested_by, started_at, finished_at } = operation;
  const { succeeded = 0, failed = 0, unreachable = 0 } = counts;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const numbers = [total, succeeded, failed, unreachable].map(String);
  const times = [started_at, finished_at].map(since);
  const name = whole(nameOf(operation));
  return [name, kind, target, whole(wordOf(operation)), ...numbers, requested_by, ...times, whole(id)];
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
  const times = [since(started_at), since(finished_at)];
  return [whole(address), stateOf(host), String(attempts), code, ...times];
}
