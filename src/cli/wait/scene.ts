import type { Client } from '../../client/connect.ts';
import type { Observation } from '../../client/operations.ts';
import type { OperationHost } from '../../operations/operation.ts';
import { outputText } from '../output-text.ts';
import { failuresOf } from './failures.ts';
import { failedHosts } from './outcome.ts';

/** An operation at a moment, with what its record does not say. */
export interface Scene extends Observation {
  /** The hosts of each batch, in order; empty when that is not known. */
  batches: readonly (readonly string[])[];
  /** The last lines that hosts printed which failed, by address: of one host at least for each way to fail. */
  lastLines: ReadonlyMap<string, readonly string[]>;
}

/** More do not fit on a screen. */
const mostTails = 12;
const tailBytes = 2048;

/** Sees to it that an observation becomes a scene. What cannot be had is left out: a screen is no reason to fail. */
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

/** Nothing comes after the end of a host, so that its last lines are read once. */
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
  // The first one may be the end of a longer line.
  return (begin > 0 && lines.length > 1 ? lines.slice(1) : lines).filter((line) => line.trim() !== '');
}

/** To be asked for again at the next observation. */
function nothing(): undefined {}
