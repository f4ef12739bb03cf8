import type { Clock } from '../../src/lib/clock.ts';

/** Time that passes when it is told to, from one awaited moment to the next. */
export class DrivenClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<{ at: number; wake: () => void }>();

  now(): Date {
    return new Date(this.#now);
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = {
        at: this.#now + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Lets time pass until the work is done. @throws when the work waits for something that is no time */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finished = work.finally(() => {
      done = true;
    });
    finished.catch(() => undefined);
    while (true) {
      await new Promise(setImmediate);
      if (done) return finished;
      this.#step();
    }
  }

  #step(): void {
    const at = Math.min(...[...this.#sleepers].map((sleeper) => sleeper.at));
    if (at === Number.POSITIVE_INFINITY) throw new Error('nothing will ever happen again');
    this.#now = at;
    for (const sleeper of [...this.#sleepers]) {
      if (sleeper.at > at) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
