import { BackOff, type Pauses } from '../lib/back-off.ts';
import { AppError } from '../lib/errors.ts';

/**
 * After a host refused a login or a connection, in milliseconds. sshd 9.8 and later count those
 * (`PerSourcePenalties` of sshd_config(5)): 5 s for each refused login, and from 15 s on they refuse every connection
 * from this address, also those of others. Pauses longer than a penalty let it pass before the next one.
 */
const refusedPauses: Pauses = { first: 10_000, longest: 60_000 };

/** Pauses of a loop that connects to one host until it answers as wanted. */
export class PollPauses {
  readonly #usual: BackOff;
  readonly #refused = new BackOff(refusedPauses);

  /** @param usual the pauses while the host refuses nothing */
  constructor(usual: Pauses) {
    this.#usual = new BackOff(usual);
  }

  /** Milliseconds before the next attempt. @param error how the last one failed, if it did */
  after(error?: unknown): number {
    return isRefusal(error) ? this.#refused.next() : this.#usual.next();
  }

  /** The host answered: the next pauses are the first ones again. */
  reset(): void {
    this.#usual.reset();
    this.#refused.reset();
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'login_refused' || error.code === 'host_busy');
}
