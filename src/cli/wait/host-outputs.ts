import type { Observation } from '../../client/operations.ts';
import type { OperationHost } from '../../operations/operation.ts';
import type { Context } from '../context.ts';
import { type HostForm, outputOf } from '../host-output.ts';
import type { Sink } from '../terminal.ts';
import { isOver } from './outcome.ts';
import type { Progress } from './progress.ts';

/** The most hosts whose output is in memory at once; the bytes are limited too, unless one host printed more. */
const mostHosts = 16;
const mostBytes = 8 * 1024 * 1024;

export interface HostOutputsOptions {
  readonly form: HostForm;
  /** To stdout. */
  readonly write: Sink['write'];
}

/** Writes the output of each host when it has ended, beside another progress. */
export class HostOutputs implements Progress {
  readonly #context: Context;
  readonly #beside: Progress;
  readonly #form: HostForm;
  readonly #toStdout: Sink['write'];
  readonly #written = new Set<string>();
  #isRead = true;

  constructor(context: Context, beside: Progress, { form, write }: HostOutputsOptions) {
    this.#context = context;
    this.#beside = beside;
    this.#form = form;
    this.#toStdout = write;
  }

  async show(observation: Observation, signal: AbortSignal): Promise<void> {
    const { id, results } = observation.operation;
    const ended = results.filter((host) => isOver(host) && !this.#written.has(host.address));
    if (ended.length > 0) await this.#beside.clear();
    for (const some of portions(ended)) {
      await this.#write(id, some, signal);
      for (const { address } of some) this.#written.add(address);
    }
    await this.#beside.show(observation, signal);
  }

  note(text: string): Promise<void> {
    return this.#beside.note(text);
  }

  clear(): Promise<void> {
    return this.#beside.clear();
  }

  end(): Promise<void> {
    return this.#beside.end();
  }

  async #write(id: string, hosts: readonly OperationHost[], signal: AbortSignal): Promise<void> {
    // The reader has closed the output (`| head`); the operation continues.
    if (!this.#isRead) return;
    const outputs = await Promise.all(
      hosts.map(async (host) => {
        if (host.output_bytes === 0) return this.#form(host, new Uint8Array());
        const parts = await Array.fromAsync(outputOf(this.#context, id, host.address, signal));
        return this.#form(host, Buffer.concat(parts));
      }),
    );
    for (const output of outputs) {
      if (output.length > 0 && this.#isRead) this.#isRead = await this.#toStdout(output);
    }
  }
}

/** Hosts whose outputs may be in memory at once; a host that printed more than that is alone. */
export function portions(hosts: readonly OperationHost[]): OperationHost[][] {
  const found: OperationHost[][] = [];
  let bytes = 0;
  for (const host of hosts) {
    const last = found.at(-1);
    bytes += host.output_bytes;
    if (last !== undefined && last.length < mostHosts && bytes <= mostBytes) {
      last.push(host);
      continue;
    }
    found.push([host]);
    bytes = host.output_bytes;
  }
  return found;
}
