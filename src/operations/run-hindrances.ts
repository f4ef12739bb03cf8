import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/contract.ts';
import type { Journal } from './journal.ts';
import type { RunLimits } from './run-limits.ts';
import type { Strategy } from './strategy.ts';
import { type StoredWaitingFor, spaceOnDisk } from './waiting.ts';
import { isOpen, nextOpening } from './window.ts';

export interface RunHindrancesOptions {
  store: Store;
  journal: Journal;
  clock: Clock;
  limits: RunLimits;
  /** Fires when the server stops or the journal is lost. */
  signal: AbortSignal;
  /** Fires when no machine may be taken any more, because the server is about to stop. */
  draining: AbortSignal;
}

/** Longest wait before a condition that no event announces is checked again. */
const lookAgainMs = 60_000;
/** The same for disk space, which is cheap to check. */
const lookForSpaceMs = 1_000;

/**
 * The conditions that keep a run from its next machine. It waits until they are over, and writes what it waits for to
 * the journal.
 */
export class RunHindrances {
  readonly #options: RunHindrancesOptions;
  #changed = Promise.withResolvers<void>();

  constructor(options: RunHindrancesOptions) {
    this.#options = options;
  }

  /** Resolves when a change may let the next machine be taken. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** Whether there are machines left that the operation may still take. */
  goesOn(): boolean {
    const { signal, journal, limits } = this.#options;
    signal.throwIfAborted();
    const { counts, control } = journal.state.operation;
    const { pending = 0 } = counts;
    return pending > 0 && control.cancel === 'no' && limits.stopReason() === undefined;
  }

  /** The condition that prevents the next machine now, as a function that waits for its end. */
  current(): (() => Promise<void>) | undefined {
    const { store, journal, clock, limits, draining } = this.#options;
    const { window, on_failure } = this.#strategy;
    if (draining.aborted) return () => this.#pauseFor(lookAgainMs);
    if (journal.state.operation.control.paused) return () => this.#pauseFor(lookAgainMs);
    const limit = limits.reached();
    if (limit !== undefined && on_failure === 'pause') {
      return () => journal.append({ type: 'paused', by: 'commissaire', reason: limit });
    }
    const now = clock.now();
    if (window !== undefined && !isOpen(window, now)) {
      const opens = nextOpening(window, now);
      const detail = `the window opens at ${opens.toISOString()}`;
      const ms = Math.min(lookAgainMs, opens.getTime() - now.getTime());
      return () => this.#waitUntil({ what: 'window', detail }, ms);
    }
    if (!store.hasRoomFor('change')) {
      return () => this.#waitUntil(spaceOnDisk, lookForSpaceMs);
    }
    return this.goesOn() ? undefined : async () => {};
  }

  /** Waits while the operation is paused or outside its window. False when no more machines may be taken. */
  async unhindered(): Promise<boolean> {
    while (this.goesOn()) {
      const hindrance = this.current();
      if (hindrance === undefined) return true;
      await hindrance();
    }
    return false;
  }

  /** The same for the first machine of a batch, which has more conditions. */
  async mayTakeBatch(index: number): Promise<boolean> {
    if (!(await this.#mayTakeHost())) return false;
    const { promote, pause_between } = this.#strategy;
    if (index === 0) return true;
    const canary = { what: 'promotion', detail: 'a promotion after the first batch' } as const;
    while (promote === 'manual' && !this.#isPromoted && this.goesOn()) await this.waitFor(canary);
    const { clock } = this.#options;
    const end = clock.monotonic() + pause_between * 1000;
    for (let left = pause_between * 1000; left > 0 && this.goesOn(); left = end - clock.monotonic()) {
      await this.#waitUntil({ what: 'pause_between', detail: `${pause_between} s between batches` }, left);
    }
    await this.waited();
    return this.#mayTakeHost();
  }

  /** Writes to the journal what the run waits for, and waits until something changed. */
  waitFor(waiting_for: StoredWaitingFor, changed = this.changed): Promise<void> {
    return this.#waitUntil(waiting_for, lookAgainMs, changed);
  }

  /** Writes to the journal that the run does not wait any more. */
  async waited(): Promise<void> {
    const { journal } = this.#options;
    if (journal.state.operation.waiting_for !== null) await journal.append({ type: 'waited' });
  }

  get #strategy(): Strategy {
    return this.#options.journal.state.operation.strategy;
  }

  get #isPromoted(): boolean {
    return this.#options.journal.state.operation.control.promoted;
  }

  async #mayTakeHost(): Promise<boolean> {
    if (!(await this.unhindered())) return false;
    await this.waited();
    return true;
  }

  async #waitUntil(waiting_for: StoredWaitingFor, ms: number, changed = this.changed): Promise<void> {
    const { journal } = this.#options;
    if (!isDeepStrictEqual(journal.state.operation.waiting_for, waiting_for)) {
      await journal.append({ type: 'waiting', waiting_for });
    }
    await this.#pauseFor(ms, changed);
  }

  /** Waits until something changed, the given time or the run's timeout has passed, or the server stops. */
  async #pauseFor(ms: number, changed: Promise<void> = this.changed): Promise<void> {
    const { clock, limits, signal } = this.#options;
    const woken = new AbortController();
    const longest = Math.max(0, Math.min(ms, limits.secondsLeft() * 1000));
    const sleep = clock.sleep(longest, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    await Promise.race([sleep, changed]);
    woken.abort();
    signal.throwIfAborted();
  }
}
