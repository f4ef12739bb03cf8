import { type Clock, parseTimestamp } from '../lib/clock.ts';
import { allSkipped } from './all-skipped.ts';
import type { NewEntry } from './entry.ts';
import type { Journal } from './journal.ts';
import { limitReached } from './strategy.ts';

type Ending = Extract<NewEntry, { type: 'operation_ended' }>;

/** The bounds of an operation's run: its timeout, and the limits for failed and unreachable hosts. */
export class RunLimits {
  readonly #journal: Journal;
  readonly #clock: Clock;
  /** Milliseconds: the operation's age by the wall clock when this run started, and the monotonic clock then. */
  readonly #takenUp: { age: number; at: number };

  constructor({ journal, clock }: { journal: Journal; clock: Clock }) {
    this.#journal = journal;
    this.#clock = clock;
    const age = clock.now().getTime() - parseTimestamp(journal.state.operation.started_at);
    this.#takenUp = { age, at: clock.monotonic() };
  }

  /** Why the run takes no more machines; undefined when it does. */
  stopReason(): string | undefined {
    const { strategy, counts, control } = this.#journal.state.operation;
    if (control.stopped !== undefined) return control.stopped;
    const { run_timeout, on_failure } = strategy;
    const { pending = 0 } = counts;
    // The timeout does not apply to a run that has taken all its machines.
    if (pending > 0 && this.secondsLeft() <= 0) return `the run took longer than its run_timeout of ${run_timeout} s`;
    return on_failure === 'stop' ? this.reached() : undefined;
  }

  /** Counted from the start, including all waits and pauses. */
  secondsLeft(): number {
    const { run_timeout } = this.#journal.state.operation.strategy;
    return run_timeout === 0 ? Number.POSITIVE_INFINITY : run_timeout - this.#age();
  }

  /** The limit of the strategy that was reached, in words, whatever `on_failure` says. */
  reached(): string | undefined {
    const { operation, hosts } = this.#journal.state;
    const { failed = 0, unreachable = 0 } = operation.counts;
    const { known } = operation.control;
    const tally = { failed: failed - known.failed, unreachable: unreachable - known.unreachable };
    return limitReached(tally, hosts.size, operation.strategy);
  }

  /** How an operation that takes no more machines has ended, and the limit that stopped it, if one did. */
  ending(): Pick<Ending, 'status' | 'reason'> & { stop?: string } {
    const { cancel, stopped } = this.#journal.state.operation.control;
    if (cancel !== 'no' && stopped === undefined) return { status: 'cancelled', reason: 'cancelled' };
    const stop = this.stopReason();
    if (stop !== undefined) return { status: 'failed', reason: stop, stop };
    return { status: 'finished', reason: allSkipped(this.#journal.state.hosts) };
  }

  /** In seconds. The wall clock may jump, and an operation that was ended must not go on again. */
  #age(): number {
    const { age, at } = this.#takenUp;
    return (age + this.#clock.monotonic() - at) / 1000;
  }
}
