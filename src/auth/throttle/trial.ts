import type { Attempt, Attempts } from './attempts.ts';

/**
 * What one request tries: a name it claims counts once, however many are asked about it, and is right when one of them
 * knows it. Otherwise whoever logs in by the second of two services would be a guesser to the first.
 */
export class Trial {
  readonly #attempts: Attempts;
  readonly #peer: string;
  /** Most requests try nothing. */
  #begun: Map<string, Attempt> | undefined;
  #refused: Set<string> | undefined;

  constructor(attempts: Attempts, peer: string) {
    this.#attempts = attempts;
    this.#peer = peer;
  }

  /** 0 when somebody may be asked about the name now, or the milliseconds to wait. */
  begin(name: string): number {
    if (this.#begun?.has(name)) return 0;
    const attempt = this.#attempts.begin(this.#peer, name);
    if (typeof attempt === 'number') return attempt;
    this.#begun ??= new Map();
    this.#begun.set(name, attempt);
    return 0;
  }

  /** Somebody who was asked knows better. */
  refused(name: string): void {
    this.#refused ??= new Set();
    this.#refused.add(name);
  }

  /** Somebody who was asked knows the name by these credentials. */
  succeeded(name: string): void {
    this.#begun?.get(name)?.succeeded();
    this.#begun?.delete(name);
  }

  /** To be called once nobody else is asked. */
  end(): void {
    for (const [name, attempt] of this.#begun ?? []) {
      if (this.#refused?.has(name)) attempt.failed();
      else attempt.abandoned();
    }
    this.#begun = undefined;
  }
}
