import type { Observation } from '../../client/operations.ts';
import { parseTimestamp } from '../../lib/clock.ts';
import type { OperationDetail, OperationHost } from '../../operations/operation.ts';
import { pad, printable, truncate } from '../printable.ts';
import { duration } from '../quantity.ts';
import type { Size } from '../terminal.ts';
import { doneHosts, failedHosts, standingOf, titleOf } from './outcome.ts';

export interface Line {
  text: string;
  tone: 'plain' | 'quiet' | 'busy' | 'good' | 'bad';
}

/**
 * An operation as one screen: a heading, then a line per host in target order. When there are more hosts than rows,
 * those that are running or failed are shown and the rest is counted. No line is wider than the screen, and the last
 * row stays free for the cursor.
 */
export function frame({ operation, serverTime }: Observation, { columns, rows }: Size): Line[] {
  const room = Math.max(1, rows - 2);
  const { shown, hidden } = selection(operation.results, room);
  const width = Math.max(0, ...shown.map(({ address }) => address.length));
  const lines: Line[] = [
    { text: heading(operation, serverTime), tone: 'plain' },
    ...shown.map((host) => ({ text: hostLine(host, width, serverTime), tone: tones[host.state] })),
  ];
  if (hidden.length > 0) lines.push({ text: `… and ${counted(hidden)}`, tone: 'quiet' });
  return lines.map(({ text, tone }) => ({ text: truncate(printable(text), columns), tone }));
}

const tones: Readonly<Record<OperationHost['state'], Line['tone']>> = {
  pending: 'quiet',
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  unreachable: 'bad',
  skipped: 'quiet',
  cancelled: 'quiet',
};

function selection(hosts: readonly OperationHost[], room: number) {
  if (hosts.length <= room) return { shown: hosts, hidden: [] };
  // One line is for the count; what runs goes before what failed, which the end will name again.
  const running = hosts.filter(({ state }) => state === 'running');
  const failed = hosts.filter(({ state }) => state === 'failed' || state === 'unreachable');
  const chosen = new Set([...running, ...failed].slice(0, room - 1));
  return { shown: hosts.filter((host) => chosen.has(host)), hidden: hosts.filter((host) => !chosen.has(host)) };
}

function heading(operation: OperationDetail, now: number): string {
  const { results, status, started_at, finished_at } = operation;
  const failures = failedHosts(operation).length;
  const elapsed = duration((finished_at === '' ? now : parseTimestamp(finished_at)) - parseTimestamp(started_at));
  const done = `${doneHosts(operation).length}/${results.length} done`;
  const failed = failures === 0 ? '' : `, ${failures} failed`;
  const counts = `${done}${failed}, ${elapsed}`;
  // What it stands for may be long, and the end of a line is what a narrow screen cuts off.
  return status === 'paused' || status === 'waiting'
    ? `${titleOf(operation)}: ${counts}, ${standingOf(operation)}`
    : `${titleOf(operation)}: ${status}, ${counts}`;
}

function hostLine(
  { address, state, phase, error, started_at, finished_at }: OperationHost,
  width: number,
  now: number,
): string {
  const doing = state === 'running' && phase !== undefined ? phase : state;
  const end = finished_at === '' ? now : parseTimestamp(finished_at);
  const elapsed = started_at === '' ? '' : duration(end - parseTimestamp(started_at));
  return `  ${pad(address, width)}  ${pad(doing, 11)}  ${elapsed.padStart(6)}  ${error?.message ?? ''}`.trimEnd();
}

function counted(hosts: readonly OperationHost[]): string {
  const groups = Map.groupBy(hosts, ({ state }) => state);
  return [...groups].map(([state, { length }]) => `${length} ${state}`).join(', ');
}
