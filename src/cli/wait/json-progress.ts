import type { Observation } from '../../client/operations.ts';
import type { Operation, OperationDetail, OperationHost } from '../../operations/operation.ts';
import type { Sink } from '../terminal.ts';
import { changedHosts } from './changed-hosts.ts';
import { hasEnded } from './outcome.ts';
import type { Progress } from './progress.ts';

/** The new state of an operation: the first line, each time it stops or continues, and the last line. */
type OperationLine = { type: 'operation'; at: string } & Pick<
  Operation,
  | 'id'
  | 'number'
  | 'kind'
  | 'target'
  | 'status'
  | 'outcome'
  | 'cancelling'
  | 'waiting_for'
  | 'reason'
  | 'counts'
  | 'finished_at'
>;

/** The new state of a host. */
type HostLine = { type: 'host'; at: string; host: string; phase: string | null } & Pick<
  OperationHost,
  'state' | 'attempts' | 'exit_code' | 'error' | 'output_bytes'
>;

/** One JSON object per change and line, for programs. */
export class JsonProgress implements Progress {
  readonly #out: Sink;
  readonly #notes: Sink;
  #before: OperationDetail | undefined;

  /** @param notes receives the notes, which are no changes */
  constructor(out: Sink, notes: Sink) {
    this.#out = out;
    this.#notes = notes;
  }

  async show({ operation, serverTime }: Observation): Promise<void> {
    const at = new Date(serverTime).toISOString();
    const lines = changeLines(this.#before, operation, at).map((line) => `${JSON.stringify(line)}\n`);
    if (lines.length > 0) await this.#out.write(lines.join(''));
    this.#before = operation;
  }

  async note(text: string): Promise<void> {
    await this.#notes.write(`${text}\n`);
  }

  async clear(): Promise<void> {}

  async end(): Promise<void> {}
}

/** At first the operation precedes its hosts; when it changes it follows them, so that its end is the last line. */
export function changeLines(
  before: OperationDetail | undefined,
  now: OperationDetail,
  at: string,
): (OperationLine | HostLine)[] {
  const hosts = changedHosts(before, now).map((host) => hostLine(host, at));
  const own = operationLine(now, at);
  const begins = before === undefined ? [own] : [];
  const changed = before === undefined ? hasEnded(now) : standing(before) !== standing(now);
  return [...begins, ...hosts, ...(changed ? [own] : [])];
}

function standing({ status, cancelling, waiting_for, reason }: OperationDetail): string {
  return JSON.stringify([status, cancelling, waiting_for, reason]);
}

function operationLine(operation: OperationDetail, at: string): OperationLine {
  const { id, number, kind, target, status, outcome, cancelling, waiting_for, reason, counts, finished_at } = operation;
  const stands = { status, outcome, cancelling, waiting_for, reason, counts, finished_at };
  return { type: 'operation', at, id, number, kind, target, ...stands };
}

function hostLine(result: OperationHost, at: string): HostLine {
  const { address: host, state, phase = null, attempts, exit_code, error, output_bytes } = result;
  return { type: 'host', at, host, state, phase, attempts, exit_code, error, output_bytes };
}
