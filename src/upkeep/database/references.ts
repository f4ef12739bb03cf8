import type { AnyCollection } from '../../store/contract.ts';
import type { Findings } from './finding.ts';

/** A rule that the records of one collection refer to records of another. */
export interface Reference {
  readonly from: AnyCollection;
  readonly to: AnyCollection;
  /** The key in `to` that a record refers to; undefined when it refers to none. */
  readonly keyOf: (key: string, value: unknown) => string | undefined;
  /** Further collections in which the key may be instead. */
  readonly or?: readonly AnyCollection[];
  /** What the rows of `from` are, for messages: "a membership". */
  readonly what: string;
  readonly remedy: string;
}

/** Compares references with the keys that there are, which are collected while the values are read. */
export class ReferenceCheck {
  readonly #rules: readonly Reference[];
  readonly #keys = new Map<string, Set<string>>();
  readonly #referred: { rule: Reference; key: string; to: string }[] = [];

  constructor(rules: readonly Reference[]) {
    this.#rules = rules;
    for (const { to, or = [] } of rules) for (const { name } of [to, ...or]) this.#keys.set(name, new Set());
  }

  /** Whether a rule refers to the collection of this name. */
  isReferredTo(name: string): boolean {
    return this.#keys.has(name);
  }

  /** To be called with each row. @param value undefined when it cannot be read */
  see({ name }: AnyCollection, key: string, value: unknown): void {
    this.#keys.get(name)?.add(key);
    for (const rule of this.#rules) {
      if (rule.from.name !== name) continue;
      const to = rule.keyOf(key, value);
      // Only what is not known yet is kept: most records come after those they refer to, or before them.
      if (to !== undefined && !this.#has(rule, to)) this.#referred.push({ rule, key, to });
    }
  }

  /** To be called when every row was seen. */
  end(findings: Findings): void {
    for (const { rule, key, to } of this.#referred) {
      if (this.#has(rule, to)) continue;
      const problem = `${rule.what} refers to ${JSON.stringify(to)}, which is not in ${rule.to.name}`;
      findings.add({ kind: 'reference', collection: rule.from.name, key, problem, remedy: rule.remedy });
    }
  }

  #has({ to, or = [] }: Reference, key: string): boolean {
    return [to, ...or].some(({ name }) => this.#keys.get(name)?.has(key) ?? false);
  }
}
