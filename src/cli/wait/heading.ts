import { parseTimestamp } from '../../lib/clock.ts';
import type { OperationDetail, OperationHost } from '../../operations/operation.ts';
import { nameOf } from '../operation-reference.ts';
import { truncate } from '../printable.ts';
import { duration } from '../quantity.ts';
import type { Line } from './line.ts';
import { doneHosts, failedHosts, hasEnded, isDone, standingOf, titleOf } from './outcome.ts';
import type { Scene } from './scene.ts';

/** The least width of a title that is still recognisable. */
const leastTitle = 24;

/** The title of an operation, its progress, and, when it does not continue, why: one or two lines. */
export function heading({ operation, serverTime }: Scene, columns: number): Line[] {
  const { results, status, started_at, finished_at } = operation;
  const failures = failedHosts(operation).length;
  const elapsed = duration(
    (finished_at === '' ? serverTime : parseTimestamp(finished_at)) - parseTimestamp(started_at),
  );
  const done = `${doneHosts(operation).length}/${results.length} done`;
  const failed = failures === 0 ? '' : `, ${failures} failed`;
  const standing = `: ${status}, ${done}${failed}, ${elapsed}`;
  // A long target is shortened to leave room for the status.
  const title = truncate(`${nameOf(operation)} ${titleOf(operation)}`, Math.max(leastTitle, columns - standing.length));
  const why = whyNot(operation);
  return [
    { text: title + standing, tone: 'plain' },
    // On its own line, because it may be long, and a narrow screen cuts off the end of a line.
    ...(why === '' ? [] : [{ text: `  ${why}`, tone: 'plain' } as const]),
  ];
}

/** The progress of the whole operation, and the current batch when there are several. */
export function progressBar({ operation, batches }: Scene, columns: number): Line {
  const total = operation.results.length;
  const share = total === 0 ? 1 : doneHosts(operation).length / total;
  const cells = Math.min(40, Math.max(8, columns - 50));
  // Full only when all hosts are done.
  const full = Math.floor(share * cells);
  const bar = '█'.repeat(full) + '░'.repeat(cells - full);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return { text: `  ${bar} ${percent}  ${batchUnderWay(operation, batches)}`.trimEnd(), tone: 'plain' };
}

/** The current batch: the first that is not done, because the next one waits for all of it. */
function batchUnderWay(operation: OperationDetail, batches: Scene['batches']): string {
  if (hasEnded(operation) || batches.length < 2) return '';
  const open = new Set(operation.results.filter((host) => !isDone(host)).map(({ address }) => address));
  const index = batches.findIndex((batch) => batch.some((address) => open.has(address)));
  const batch = batches[index];
  if (batch === undefined) return '';
  const done = batch.filter((address) => !open.has(address)).length;
  return `batch ${index + 1} of ${batches.length}: ${done} of ${batch.length} done`;
}

function whyNot(operation: OperationDetail): string {
  if (!hasEnded(operation)) return operation.status === 'in_process' ? '' : standingOf(operation);
  const { status, reason } = operation;
  return reason === '' || reason === status ? '' : `${status}: ${reason}`;
}

/** How long a host took, or has taken so far; empty before it started. */
export function elapsedOf({ started_at, finished_at }: OperationHost, now: number): string {
  const end = finished_at === '' ? now : parseTimestamp(finished_at);
  return started_at === '' ? '' : duration(end - parseTimestamp(started_at));
}
