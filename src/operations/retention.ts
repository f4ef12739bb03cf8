import { type Clock, dayMs, parseTimestamp } from '../lib/clock.ts';
import type { Sweep } from '../lib/sweep.ts';
import { TwiceExpired } from '../lib/twice-expired.ts';
import type { Store } from '../store/contract.ts';
import { leftDownRecords } from './budget.ts';
import type { Disruptions } from './disruptions.ts';
import { forgetGoneHosts } from './left-down.ts';
import { operationRecords, withProgress } from './records.ts';
import { isRemovable, Removal, type RemovalOptions } from './removal.ts';
import { UnusedManifests } from './sources/unused-manifests.ts';

export interface OperationRetentionOptions extends RemovalOptions {
  store: Store;
  clock: Clock;
  /** Receives the hosts that are not in the inventory any more. */
  disruptions: Pick<Disruptions, 'leave'>;
  /** How long an operation is kept after its end. */
  days: number;
  /** How many operations are kept. */
  limit: number;
}

/** Most operations that one sweep finds. Further operations are found once these are gone. */
const mostAtOnce = 10_000;

/**
 * Removes old operations: those that ended too long ago, and those over the limit. It spares running operations, the
 * newest operation of each kind on a cluster, and an operation that left a host down which no later one has repaired.
 *
 * An operation is removed when one sweep finds it old and another one an hour later finds the same: the clock may be
 * wrong for a moment, and a client that waits for the end of an operation must be able to read it.
 */
export class OperationRetention implements Sweep {
  readonly what = 'operations';
  readonly #options: OperationRetentionOptions;
  readonly #removal: Removal;
  readonly #manifests: UnusedManifests;
  readonly #old: TwiceExpired;

  constructor(options: OperationRetentionOptions) {
    this.#options = options;
    this.#removal = new Removal(options);
    this.#manifests = new UnusedManifests(options.store, options.clock);
    this.#old = new TwiceExpired(options.clock);
  }

  /** First continues the removals that an earlier server did not complete. */
  async sweep(signal: AbortSignal): Promise<number> {
    const { store, disruptions } = this.#options;
    await this.#removal.finish(signal);
    await forgetGoneHosts(store, disruptions);
    const old = await this.#findOld();
    const certain = this.#old.look(old);
    const removed = await this.#removal.remove(
      old.filter((id) => certain.has(id)),
      signal,
    );
    await this.#manifests.remove();
    return removed;
  }

  /** Oldest first. It reads only old operations, and those that it spares. */
  async #findOld(): Promise<string[]> {
    const { store, clock, days, limit } = this.#options;
    // Only the journal of a running operation writes there, so no record of an ended operation is added meanwhile.
    const leftDown = await Array.fromAsync(store.list(leftDownRecords), ({ value }) => value.operation);
    const spared = new Set(leftDown);
    const excess = (await store.count(operationRecords)) - limit;
    const expired = (at: string) => parseTimestamp(at) + days * dayMs <= clock.now().getTime();
    const old: string[] = [];
    let place = 0;
    for await (const { key, value } of store.list(operationRecords)) {
      place += 1;
      const isPastLimit = place <= excess;
      // An operation that started later has not ended earlier.
      if (old.length === mostAtOnce || !(isPastLimit || expired(value.started_at))) break;
      if (spared.has(key)) continue;
      const operation = await withProgress(store, value);
      if (operation === undefined || !(await isRemovable(store, operation))) continue;
      if (isPastLimit || expired(operation.finished_at)) old.push(key);
    }
    return old;
  }
}
