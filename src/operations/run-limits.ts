import { type Clock, parseTimestamp } from '../lib/clock.ts';
import type { NewEntry } from './entry.ts';
import type { Journal } from './journal.ts';
import { limitReached } from './strategy.ts';

type Ending = Extract<NewEntry, { type: 'operation_ended' }>;

/** What bounds the run of an operation: its time, and the machines that may go wrong. */
export class RunLimits {
  readonly #journal: Journal;
  readonly #clock: Clock;
  /** Milliseconds: how old the operation was by the calendar when this run took it up, and the monotonic clock then. */
  readonly #takenUp: { age: number; at: number };

  constructor({ journal, clock }: { journal: Journal; clock: Clock }) {
    this.#journal = journal;
    this.#clock = clock;
    const age = clock.now().getTime() - parseTimestamp(journal.state.operation.started_at);
    this.#takenUp = { age, at: clock.monotonic() };
  }

  /** Why the run takes no more machines, when that is so. */
  stopReason(): string | undefined {
    const { strategy, counts, control } = this.#journal.state.operation;
    if (control.stopped !== undefined) return control.stopped;
    const { run_timeout, on_failure } = strategy;
    const { pending = 0 } = counts;
    // A run that has taken all its machines is as long as they need.
    if (pending > 0 && this.secondsLeft() <= 0) return `the run took longer than its run_timeout of ${run_timeout} s`;
    return on_failure === 'stop' ? this.reached() : undefined;
  }

  /** Counted from the start, whatever it waited for and however long it was paused. */
  secondsLeft(): number {
    const { run_timeout } = this.#journal.state.operation.strategy;
    return run_timeout === 0 ? Number.POSITIVE_INFINITY : run_timeout - this.#age();
  }

  /** The limit of the strategy that was reached, in words, whatever is to be done about that. */
  reached(): string | undefined {
    const { operation, hosts } = this.#journal.state;
    const { failed = 0, unreachable = 0 } = operation.counts;
    const { known } = operation.control;
    const tally = { failed: failed - known.failed, unreachable: unreachable - known.unreachable };
    return limitReached(tally, hosts.size, operation.strategy);
  }

  /** How an operation that takes no more machines has ended, and by which limit, if by one. */
  ending(): Pick<Ending, 'status' | 'reason'> & { stop?: string } {
    const { cancel, stopped } = this.#journal.state.operation.control;
    if (cancel !== 'no' && stopped === undefined) return { status: 'cancelled', reason: 'cancelled' };
    const stop = this.stopReason();
    return stop === undefined ? { status: 'finished', reason: '' } : { status: 'failed', reason: stop, stop };
  }

  /** Seconds. The calendar may jump, and an operation that was ended does not go on again. */
  #age(): number {
    const { age, at } = this.#takenUp;
    return (age + this.#clock.monotonic() - at) / 1000;
  }
}
