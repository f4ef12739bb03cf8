import { ProblemError } from '../client/problem-error.ts';
import { BackOff } from '../lib/back-off.ts';
import type { OperationDetail, OperationHost } from '../operations/operation.ts';
import type { Context } from './context.ts';
import { HostLines } from './host-lines.ts';
import { outputOf } from './host-output.ts';
import { answerOf } from './patience.ts';
import { printable } from './printable.ts';
import { portions } from './wait/host-outputs.ts';
import { failedHosts, hasEnded, isOver } from './wait/outcome.ts';
import { columnsOf, hanging } from './wrapped.ts';

export interface LogChoice {
  readonly id: string;
  /** Only of hosts that failed or were unreachable. */
  readonly failed: boolean;
  /** Byte for byte. */
  readonly raw: boolean;
}

/**
 * Prints the output of the hosts so far, one host after the other in the order of the operation, each line with its
 * host. Large outputs are passed on part by part.
 */
export async function printLogs(context: Context, choice: LogChoice): Promise<void> {
  const { operations } = await context.connect();
  const writer = new LogWriter(context, choice);
  const hosts = chosen(await operations.get(choice.id), choice);
  for (const host of hosts) if (host.output_bytes === 0) await writer.silent(host);
  for (const some of portions(hosts.filter(({ output_bytes }) => output_bytes > 0))) {
    const outputs = some.map((host) => ({ host, parts: outputOf(context, choice.id, host.address) }));
    // Several hosts of one portion have printed little.
    const read = some.length === 1 ? outputs : await Promise.all(outputs.map(inMemory));
    for (const { host, parts } of read) if (!(await writer.whole(host, parts))) return;
  }
  await writer.nothing(hosts);
}

/**
 * The same while the operation goes on, the lines of all hosts as they come, until it has ended. Restarts of the server
 * do not end it.
 */
export async function followLogs(context: Context, choice: LogChoice): Promise<void> {
  const { clock } = context;
  const { operations } = await context.connect();
  const writer = new LogWriter(context, choice);
  const pauses = new BackOff(lookPauses);
  for (;;) {
    const asked = clock.monotonic();
    const operation = await answerOf(context, () => operations.get(choice.id));
    const took = clock.monotonic() - asked;
    const hosts = chosen(operation, choice);
    let isMore = false;
    for (const host of hosts) {
      const wrote = await writer.more(host);
      if (wrote === 'closed') return;
      if (wrote === 'some') isMore = true;
    }
    if (isMore) pauses.reset();
    else if (hasEnded(operation)) return writer.nothing(hosts);
    // Reading an operation with ten thousand hosts is work for the server.
    else await clock.sleep(Math.max(pauses.next(), took * 5));
  }
}

/** Milliseconds between two looks at an operation that prints nothing. */
const lookPauses = { first: 200, longest: 1000 };

interface HostLog {
  readonly lines: HostLines;
  offset: number;
  isDone: boolean;
}

/** Writes the output of hosts to stdout, and to stderr why a host has none. */
class LogWriter {
  readonly #context: Context;
  readonly #choice: LogChoice;
  readonly #logs = new Map<string, HostLog>();
  /** The host that has written last. */
  #last: HostLines | undefined;
  #hasWritten = false;

  constructor(context: Context, choice: LogChoice) {
    this.#context = context;
    this.#choice = choice;
  }

  /** The whole output of a host. False when the reader has closed stdout. */
  async whole(host: OperationHost, parts: AsyncIterable<Uint8Array>): Promise<boolean> {
    const lines = this.#linesOf(host);
    try {
      for await (const part of parts) if (!(await this.#write(lines, lines.next(part)))) return false;
    } catch (error) {
      await this.#removed(host, error);
    }
    return this.#write(lines, lines.end());
  }

  /** The next part of the output of a host, if there is one. */
  async more(host: OperationHost): Promise<'none' | 'some' | 'closed'> {
    const log = this.#logs.get(host.address) ?? { lines: this.#linesOf(host), offset: 0, isDone: false };
    this.#logs.set(host.address, log);
    if (log.isDone || (host.output_bytes <= log.offset && !isOver(host))) return 'none';
    if (host.output_bytes === 0) {
      log.isDone = true;
      await this.silent(host);
      return 'none';
    }
    const part = await this.#read(host, log.offset);
    const written = await this.#write(log.lines, log.lines.next(part.bytes));
    log.offset = part.nextOffset;
    log.isDone = part.complete;
    const ended = part.complete ? await this.#write(log.lines, log.lines.end()) : written;
    if (!(written && ended)) return 'closed';
    return part.bytes.length > 0 ? 'some' : 'none';
  }

  /** Says why a failed host printed nothing. */
  async silent({ address, state, error }: OperationHost): Promise<void> {
    if (state !== 'failed' && state !== 'unreachable') return;
    const why = error === null ? state : `${state}, ${error.message}`;
    const { stderr } = this.#context.terminal;
    const lines = hanging(printable(`${address} printed nothing: ${why}`), columnsOf(stderr));
    await stderr.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Says that there was nothing to print. */
  async nothing(hosts: readonly OperationHost[]): Promise<void> {
    const { stderr } = this.#context.terminal;
    if (hosts.length === 0 && this.#choice.failed) await stderr.write('No host failed.\n');
    else if (!this.#hasWritten) await stderr.write('No output.\n');
  }

  #linesOf({ address }: OperationHost): HostLines {
    const { isTerminal } = this.#context.terminal.stdout;
    return new HostLines(address, { raw: this.#choice.raw, isTerminal });
  }

  async #read(host: OperationHost, offset: number) {
    const { operations } = await this.#context.connect();
    try {
      return await answerOf(this.#context, () => operations.log(this.#choice.id, host.address, offset));
    } catch (error) {
      await this.#removed(host, error);
      return { bytes: new Uint8Array(), nextOffset: offset, complete: true };
    }
  }

  /** The log of one host may have been removed, which does not matter for the others. @throws any other error */
  async #removed({ address }: OperationHost, error: unknown): Promise<void> {
    if (!(error instanceof ProblemError && error.code === 'log_removed')) throw error;
    this.#hasWritten = true;
    await this.#context.terminal.stderr.write(`${printable(`${address}: ${error.message}`)}\n`);
  }

  async #write(lines: HostLines, bytes: Uint8Array): Promise<boolean> {
    if (bytes.length === 0) return true;
    const { stdout } = this.#context.terminal;
    const write = this.#choice.raw ? stdout.writeRaw : stdout.write;
    const before = this.#last !== lines && this.#last !== undefined ? this.#last.interrupt() : new Uint8Array();
    this.#last = lines;
    this.#hasWritten = true;
    return (before.length === 0 || (await write(before))) && (await write(bytes));
  }
}

function chosen(operation: OperationDetail, { failed }: LogChoice): readonly OperationHost[] {
  return failed ? failedHosts(operation) : operation.results;
}

interface HostParts {
  readonly host: OperationHost;
  readonly parts: AsyncIterable<Uint8Array>;
}

/** A failure to read is thrown when the parts are read. */
async function inMemory({ host, parts }: HostParts): Promise<HostParts> {
  const read = await Array.fromAsync(parts).then(
    (bytes) => ({ bytes }),
    (error: unknown) => ({ error }),
  );
  async function* again() {
    if ('error' in read) throw read.error;
    yield* read.bytes;
  }
  return { host, parts: again() };
}
