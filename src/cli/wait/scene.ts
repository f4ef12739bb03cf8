import type { Client } from '../../client/connect.ts';
import type { Observation } from '../../client/operations.ts';
import type { OperationHost } from '../../operations/operation.ts';
import { outputText } from '../output-text.ts';
import { failuresOf } from './failures.ts';
import { failedHosts } from './outcome.ts';

/** An operation at one moment, with data that its record does not contain. */
export interface Scene extends Observation {
  /** The hosts of each batch, in order; empty when unknown. */
  batches: readonly (readonly string[])[];
  /** The last lines of output of failed hosts, by address: of at least one host for each failure. */
  lastLines: ReadonlyMap<string, readonly string[]>;
}

/** More do not fit on a screen. */
const mostTails = 12;
const tailBytes = 2048;

/**
 * Turns an observation into a scene. It leaves out data that cannot be read, because a screen must not make the command
 * fail.
 */
export class SceneReader {
  readonly #connect: () => Promise<Client>;
  readonly #lastLines = new Map<string, readonly string[]>();
  #batches: Scene['batches'] | undefined;

  constructor(connect: () => Promise<Client>) {
    this.#connect = connect;
  }

  /** @throws the reason of the signal */
  async read(observation: Observation, signal: AbortSignal): Promise<Scene> {
    const { operation } = observation;
    const { operations } = await this.#connect();
    this.#batches ??= await operations.planOf(operation.id, signal).then(({ batches }) => batches, nothing);
    const examples = failuresOf(operation).map(({ example }) => example);
    const wanted = [...new Set([...examples, ...failedHosts(operation)])].slice(0, mostTails);
    await Promise.all(
      wanted.map(async (host) => {
        if (this.#lastLines.has(host.address)) return;
        const lines = await tailOf(operations, operation.id, host, signal).catch(nothing);
        if (lines !== undefined) this.#lastLines.set(host.address, lines);
      }),
    );
    signal.throwIfAborted();
    return { ...observation, batches: this.#batches ?? [], lastLines: this.#lastLines };
  }
}

/** A host that has ended prints nothing more, so its last lines are read once. */
async function tailOf(
  operations: Client['operations'],
  id: string,
  host: OperationHost,
  signal: AbortSignal,
): Promise<string[]> {
  const { address, output_bytes } = host;
  if (output_bytes === 0) return [];
  const begin = Math.max(0, output_bytes - tailBytes);
  const { bytes } = await operations.log(id, address, begin, signal);
  const lines = outputText(bytes).split('\n');
  // The first line may be incomplete.
  return (begin > 0 && lines.length > 1 ? lines.slice(1) : lines).filter((line) => line.trim() !== '');
}

/** It is read again at the next observation. */
function nothing(): undefined {}
