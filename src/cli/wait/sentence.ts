import { foldNodeSet } from '../../lib/node-set.ts';
import type { HostState, Operation, OperationHost, OperationOutcome } from '../../operations/operation.ts';
import { outcomeOf } from '../../operations/outcome.ts';
import type { Tone } from './line.ts';

/** An operation, with its hosts where they are known. */
export type Told = Operation & { readonly results?: readonly OperationHost[] };

/** Longer node sets of failed hosts are left out. */
const mostNames = 60;

/**
 * How an operation stands, in one sentence: `finished: 29 ok, 1 failed (h7), 1 unreachable (h200)`, `cancelling: 1 host
 * still running`, `cancelled after 3 of 5`, `waiting: a promotion after the first batch`.
 *
 * @param names the most characters of the names of the hosts that failed, or that were unreachable
 */
export function sentenceOf(operation: Told, names: number = mostNames): string {
  const { counts } = operation;
  switch (outcomeOf(operation)) {
    case null:
      return standingOf(operation);
    case 'cancelled': {
      const total = totalOf(counts);
      const { cancelled = 0, failed = 0, unreachable = 0 } = counts;
      const tally = failed + unreachable > 0 ? `: ${tallyOf(operation, names, ['cancelled'])}` : '';
      return `cancelled after ${total - cancelled} of ${total}${tally}`;
    }
    case 'failed':
      return `failed: ${tallyOf(operation, names)}`;
    case 'skipped':
      return `nothing done: ${tallyOf(operation, names)}`;
    default:
      return `finished: ${tallyOf(operation, names)}`;
  }
}

/** The same with the reason for the end, where there is one. */
export function sentenceWithReason(operation: Told): string {
  const reason = reasonOf(operation);
  return reason === '' ? sentenceOf(operation) : `${sentenceOf(operation)}: ${reason}`;
}

/** Why the operation ended as it did; empty while it runs, and when its sentence says it. */
export function reasonOf(operation: Operation): string {
  const { status, reason } = operation;
  return outcomeOf(operation) === null || reason === status ? '' : reason;
}

/** The same in a word or two: the status of an operation in a list. */
export function wordOf(operation: Operation): string {
  const outcome = outcomeOf(operation);
  if (outcome !== null) return words[outcome];
  return operation.cancelling ? 'cancelling' : operation.status;
}

/** Of the sentence and the word. */
export function toneOf(operation: Operation): Tone {
  const outcome = outcomeOf(operation);
  return outcome === null ? 'plain' : tones[outcome];
}

const words: Readonly<Record<OperationOutcome, string>> = {
  succeeded: 'finished',
  with_failures: 'with failures',
  failed: 'failed',
  cancelled: 'cancelled',
  skipped: 'nothing done',
};

const tones: Readonly<Record<OperationOutcome, Tone>> = {
  succeeded: 'good',
  with_failures: 'warning',
  failed: 'bad',
  cancelled: 'quiet',
  skipped: 'bad',
};

/** The status, and why it is paused or waits. */
function standingOf({ status, cancelling, reason, waiting_for, counts }: Operation): string {
  if (cancelling) {
    const { running = 0 } = counts;
    return running === 0 ? 'cancelling' : `cancelling: ${running} ${running === 1 ? 'host' : 'hosts'} still running`;
  }
  // The reason may say so itself: `paused by alice`.
  if (status === 'paused') return reason.startsWith('paused') ? reason : `paused: ${reason}`;
  return status === 'waiting' ? `waiting: ${waiting_for?.detail ?? ''}` : status;
}

/** In the order of the sentence. */
const said: readonly (readonly [HostState, string])[] = [
  ['succeeded', 'ok'],
  ['failed', 'failed'],
  ['unreachable', 'unreachable'],
  ['skipped', 'skipped'],
  ['cancelled', 'not started'],
];

function tallyOf({ counts, results = [] }: Told, mostCharacters: number, leftOut: readonly HostState[] = []): string {
  const parts = said.flatMap(([state, word]) => {
    const count = counts[state] ?? 0;
    if (count === 0 || leftOut.includes(state)) return [];
    const isBad = state === 'failed' || state === 'unreachable';
    return [`${count} ${word}${isBad ? namesIn(results, state, mostCharacters) : ''}`];
  });
  return parts.length === 0 ? 'no hosts' : parts.join(', ');
}

function namesIn(results: readonly OperationHost[], state: HostState, mostCharacters: number): string {
  const names = results.filter((host) => host.state === state).map(({ address }) => address);
  if (names.length === 0 || mostCharacters === 0) return '';
  const folded = foldNodeSet(names);
  return folded.length > mostCharacters ? '' : ` (${folded})`;
}

function totalOf(counts: Operation['counts']): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
