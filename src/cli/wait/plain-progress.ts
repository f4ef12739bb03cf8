import type { Observation } from '../../client/operations.ts';
import type { OperationDetail, OperationHost } from '../../operations/operation.ts';
import { nameOf } from '../../operations/operation-name.ts';
import { printable } from '../printable.ts';
import type { Sink } from '../terminal.ts';
import { changedHosts, stateOf } from './changed-hosts.ts';
import { errorOf, nameless } from './failures.ts';
import { namesOf } from './names.ts';
import { hasEnded, titleOf } from './outcome.ts';
import type { Progress } from './progress.ts';
import { sentenceOf, sentenceWithReason } from './sentence.ts';

/** One line per change, for logs. */
export class PlainProgress implements Progress {
  readonly #sink: Sink;
  #before: OperationDetail | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async show({ operation, serverTime }: Observation): Promise<void> {
    const time = `${new Date(serverTime).toISOString().slice(0, 19)}Z`;
    const lines = changes(this.#before, operation).map((change) => `${time} ${change}\n`);
    if (lines.length > 0) await this.#sink.write(lines.join(''));
    this.#before = operation;
  }

  async note(text: string): Promise<void> {
    await this.#sink.write(`${text}\n`);
  }

  async clear(): Promise<void> {}

  async end(): Promise<void> {}
}

/**
 * The changes since the previous observation; at the first one, the hosts that are in flight or done. Hosts with the
 * same change share a line, under a node set.
 */
export function changes(before: OperationDetail | undefined, now: OperationDetail): string[] {
  const alike = Map.groupBy(changedHosts(before, now), (host) => `${stateOf(host)} ${nameless(host)}`);
  const begins = before === undefined ? [`operation ${nameOf(now)}: ${titleOf(now)}`] : [];
  const ends = hasEnded(now) ? [ending(now)] : standing(before, now);
  return [...begins, ...Array.from(alike.values(), describe), ...ends].map(printable);
}

/** When the operation stops starting hosts, or continues. */
function standing(before: OperationDetail | undefined, now: OperationDetail): string[] {
  const known = before === undefined ? 'in_process' : sentenceOf(before);
  const stands = sentenceOf(now);
  return stands === known ? [] : [`operation ${nameOf(now)}: ${stands}`];
}

function ending(operation: OperationDetail): string {
  return `operation ${nameOf(operation)}: ${sentenceWithReason(operation)}`;
}

function describe(alike: readonly OperationHost[]): string {
  const [first] = alike;
  if (first === undefined) return '';
  return `${namesOf(alike.map(({ address }) => address))} ${stateOf(first)} ${errorOf(alike)}`;
}
