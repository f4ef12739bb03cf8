import type { Attempt, Attempts } from './attempts.ts';

/**
 * The attempts of one request. A name that it claims counts once, however many authenticators are asked about it, and
 * is right when one of them accepts it. Otherwise a user of the second of two services would look like a guesser to the
 * first.
 */
export class Trial {
  readonly #attempts: Attempts;
  readonly #peer: string;
  /** Undefined for most requests, which make no attempt. */
  #begun: Map<string, Attempt> | undefined;
  #refused: Set<string> | undefined;

  constructor(attempts: Attempts, peer: string) {
    this.#attempts = attempts;
    this.#peer = peer;
  }

  /** Returns 0 when the name may be tried now, or the milliseconds to wait. */
  begin(name: string): number {
    if (this.#begun?.has(name)) return 0;
    const attempt = this.#attempts.begin(this.#peer, name);
    if (typeof attempt === 'number') return attempt;
    this.#begun ??= new Map();
    this.#begun.set(name, attempt);
    return 0;
  }

  /** An authenticator refused the name with these credentials. */
  refused(name: string): void {
    this.#refused ??= new Set();
    this.#refused.add(name);
  }

  /** An authenticator accepted the name with these credentials. */
  succeeded(name: string): void {
    this.#begun?.get(name)?.succeeded();
    this.#begun?.delete(name);
  }

  /** To be called after the last authenticator was asked. */
  end(): void {
    for (const [name, attempt] of this.#begun ?? []) {
      if (this.#refused?.has(name)) attempt.failed();
      else attempt.abandoned();
    }
    this.#begun = undefined;
  }
}
