import type { Observation } from '../../client/operations.ts';
import type { OperationDetail, OperationHost } from '../../operations/operation.ts';
import { printable } from '../printable.ts';
import type { Sink } from '../terminal.ts';
import { doneHosts, hasEnded, standingOf, titleOf } from './outcome.ts';
import type { Progress } from './progress.ts';

/** One line per change, for logs. */
export class PlainProgress implements Progress {
  readonly #sink: Sink;
  #before: OperationDetail | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  async show({ operation, serverTime }: Observation): Promise<void> {
    const time = `${new Date(serverTime).toISOString().slice(0, 19)}Z`;
    for (const change of changes(this.#before, operation)) await this.#sink.write(`${time} ${change}\n`);
    this.#before = operation;
  }

  async note(text: string): Promise<void> {
    await this.#sink.write(`${text}\n`);
  }

  async end(): Promise<void> {}
}

/** What became different since the observation before; at the first one, what is under way or done already. */
export function changes(before: OperationDetail | undefined, now: OperationDetail): string[] {
  const known = new Map((before?.results ?? []).map((host) => [host.address, stateOf(host)]));
  const changed = now.results.filter((host) => stateOf(host) !== (known.get(host.address) ?? 'pending'));
  const begins = before === undefined ? [`operation ${now.id}: ${titleOf(now)}`] : [];
  const ends = hasEnded(now) ? [ending(now)] : standing(before, now);
  return [...begins, ...changed.map(describe), ...ends].map(printable);
}

/** When it stops taking hosts, or goes on again. */
function standing(before: OperationDetail | undefined, now: OperationDetail): string[] {
  const known = before === undefined ? 'in_process' : standingOf(before);
  const stands = standingOf(now);
  return stands === known ? [] : [`operation ${now.id}: ${stands}`];
}

function ending(operation: OperationDetail): string {
  const { id, status, reason, results } = operation;
  const done = `${doneHosts(operation).length} of ${results.length} hosts done`;
  return `operation ${id}: ${status}, ${done}${reason === '' ? '' : `: ${reason}`}`;
}

function describe(host: OperationHost): string {
  return [host.address, stateOf(host), host.error?.message ?? ''].join(' ');
}

function stateOf({ state, phase }: OperationHost): string {
  return state === 'running' && phase !== undefined ? `${state} ${phase}` : state;
}
