import { parseTimestamp } from '../../lib/clock.ts';
import type { OperationDetail, OperationHost } from '../../operations/operation.ts';
import { nameOf } from '../../operations/operation-name.ts';
import { truncate } from '../printable.ts';
import { duration } from '../quantity.ts';
import type { Line } from './line.ts';
import { doneHosts, hasEnded, isOver, titleOf } from './outcome.ts';
import type { Scene } from './scene.ts';
import { reasonOf, sentenceOf, toneOf } from './sentence.ts';

/** The least width of a title that is still recognisable. */
const leastTitle = 24;

/** The title of an operation, its progress, and, when it does not continue, why: one or two lines. */
export function heading({ operation, serverTime }: Scene, columns: number): Line[] {
  const { started_at, finished_at } = operation;
  const elapsed = duration(
    (finished_at === '' ? serverTime : parseTimestamp(finished_at)) - parseTimestamp(started_at),
  );
  const title = `${nameOf(operation)} ${titleOf(operation)}`;
  const { full, brief } = standings(operation, elapsed);
  // The frame below has the names that do not fit.
  const standing = full.length + Math.min(leastTitle, title.length) <= columns ? full : brief;
  const why = whyNot(operation);
  return [
    // A long target is shortened to leave room for the status.
    { text: truncate(title, Math.max(leastTitle, columns - standing.length)) + standing, tone: toneOf(operation) },
    // On its own line, because it may be long, and a narrow screen cuts off the end of a line.
    ...(why === '' ? [] : [{ text: `  ${why}`, tone: 'plain' } as const]),
  ];
}

/** How it stands or ended, with the names of hosts, and shorter. */
function standings(operation: OperationDetail, elapsed: string): { full: string; brief: string } {
  const timed = (text: string) => `: ${text}, ${elapsed}`;
  if (hasEnded(operation)) return { full: timed(sentenceOf(operation)), brief: timed(sentenceOf(operation, 0)) };
  const { results, status, cancelling, counts } = operation;
  const { failed = 0, unreachable = 0 } = counts;
  const stands = cancelling ? sentenceOf(operation) : status;
  const done = `${stands}, ${doneHosts(operation).length}/${results.length} done`;
  const each = `${counted(failed, 'failed')}${counted(unreachable, 'unreachable')}`;
  return { full: timed(done + each), brief: timed(done + counted(failed + unreachable, 'failed')) };
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `, ${count} ${what}`;
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
  const open = new Set(operation.results.filter((host) => !isOver(host)).map(({ address }) => address));
  const index = batches.findIndex((batch) => batch.some((address) => open.has(address)));
  const batch = batches[index];
  if (batch === undefined) return '';
  const done = batch.filter((address) => !open.has(address)).length;
  return `batch ${index + 1} of ${batches.length}: ${done} of ${batch.length} done`;
}

function whyNot(operation: OperationDetail): string {
  if (hasEnded(operation)) return reasonOf(operation);
  const { status, cancelling } = operation;
  return cancelling || status === 'in_process' ? '' : sentenceOf(operation);
}

/** How long a host took, or has taken so far; empty before it started. */
export function elapsedOf({ started_at, finished_at }: OperationHost, now: number): string {
  const end = finished_at === '' ? now : parseTimestamp(finished_at);
  return started_at === '' ? '' : duration(end - parseTimestamp(started_at));
}
