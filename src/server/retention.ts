import type { Clock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Part } from '../lib/part.ts';
import type { Sweep } from '../lib/sweep.ts';
import type { Leases } from '../store/contract.ts';

export interface RetentionOptions {
  /** Only one server at a time removes. */
  leases: Leases;
  clock: Clock;
  logger: Logger;
  /** What each room removes, in order. */
  sweeps: readonly Sweep[];
  /** Called after each of them, with the number of removed things; undefined when it failed. */
  onSwept?: (what: string, removed: number | undefined) => void;
}

const betweenLooksMs = 15 * 60_000;

/** The one job that removes what is too old or past a limit, at the start and every quarter of an hour. */
export class Retention implements Part {
  readonly #options: RetentionOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    this.#running = this.#run();
  }

  /** Stops; the next server continues. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#sweepAll();
      await clock.sleep(betweenLooksMs, signal).catch(() => undefined);
    }
  }

  async #sweepAll(): Promise<void> {
    const { leases, sweeps, logger } = this.#options;
    const { signal } = this.#stopping;
    try {
      await using _lease = await leases.take('retention', signal);
      for (const each of sweeps) if (!signal.aborted) await this.#sweep(each);
    } catch (error) {
      if (!signal.aborted) logger.error({ error: describeError(error) }, 'nothing that is old could be removed');
    }
  }

  /** A failed sweep does not prevent the others. */
  async #sweep(each: Sweep): Promise<void> {
    const { logger, onSwept } = this.#options;
    const { signal } = this.#stopping;
    try {
      const removed = await each.sweep(signal);
      onSwept?.(each.what, removed);
      if (removed > 0) logger.info({ [each.what]: removed }, `removed old ${each.what}`);
    } catch (error) {
      if (signal.aborted) return;
      onSwept?.(each.what, undefined);
      logger.error({ error: describeError(error) }, `old ${each.what} could not be removed`);
    }
  }
}
