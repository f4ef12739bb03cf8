import { transientReason } from '../client/transient.ts';
import type { Clock } from '../lib/clock.ts';
import type { Context } from './context.ts';

export type Attempt<T> =
  | { kind: 'answered'; value: T }
  /** `isFirst` when the one before was answered. */
  | { kind: 'lost'; note: string; isFirst: boolean };

/**
 * Bears with a server that cannot be reached: it may be restarted while the operation goes on. After five minutes
 * without an answer the failure is thrown.
 */
export class Patience {
  readonly #clock: Clock;
  #lostSince: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws whatever `call` does when it is no trouble with the connection, or lasts too long */
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
 * What a call answers, with the same patience.
 *
 * @throws whatever `call` does when it is no trouble with the connection, or lasts too long
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
