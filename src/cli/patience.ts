import { transientReason } from '../client/transient.ts';
import type { Clock } from '../lib/clock.ts';
import type { Context } from './context.ts';

export type Attempt<T> =
  | { kind: 'answered'; value: T }
  /** `isFirst` when the previous call was answered. */
  | { kind: 'lost'; note: string; isFirst: boolean };

/**
 * Retries calls to an unreachable server, which may be restarting while the operation continues. Throws the failure
 * after five minutes without an answer.
 */
export class Patience {
  readonly #clock: Clock;
  #lostSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws what `call` throws when it is no connection failure, or lasts too long */
  async attempt<T>(call: () => Promise<T>): Promise<Attempt<T>> {
    try {
      const value = await call();
      this.#lostSince = undefined;
      return { kind: 'answered', value };
    } catch (error) {
      const reason = transientReason(error);
      if (reason === undefined) throw error;
      const isFirst = this.#lostSince === undefined;
      this.#lostSince ??= this.#clock.monotonic();
      if (this.#clock.monotonic() - this.#lostSince >= limit) throw error;
      return {
        kind: 'lost',
        note: `the server cannot be reached (${reason}); trying again for up to 5 minutes`,
        isFirst,
      };
    }
  }
}

const limit = 300_000;

/**
 * The answer to a call, with the same retries.
 *
 * @throws what `call` throws when it is no connection failure, or lasts too long
 */
export async function answerOf<T>(
  { terminal, clock }: Pick<Context, 'terminal' | 'clock'>,
  call: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const patience = new Patience(clock);
  for (;;) {
    const attempt = await patience.attempt(call);
    if (attempt.kind === 'answered') return attempt.value;
    if (attempt.isFirst) await terminal.stderr.write(`${attempt.note}\n`);
    await clock.sleep(pause, signal);
  }
}

/** Milliseconds before trying again. */
const pause = 1000;
