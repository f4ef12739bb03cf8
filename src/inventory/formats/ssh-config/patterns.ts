import { GlobSet } from '../../../lib/glob.ts';

/** Patterns with `*` and `?`, of which one must match, and none of those that begin with `!` (ssh_config(5)). */
export class Patterns {
  readonly #wanted: GlobSet;
  readonly #denied: GlobSet;

  constructor(patterns: readonly string[]) {
    this.#wanted = new GlobSet(patterns.filter((pattern) => !pattern.startsWith('!')));
    this.#denied = new GlobSet(
      patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)),
    );
  }

  /** The case of letters counts. */
  match(name: string): boolean {
    return this.#wanted.matches(name) && !this.#denied.matches(name);
  }
}
