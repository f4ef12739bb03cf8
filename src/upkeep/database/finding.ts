import { type Static, Type as t } from '@sinclair/typebox';

/** Something that is wrong in a store. */
export const Finding = t.Object({
  /** `structure`, `value`, `schema`, `reference` or `audit`. */
  kind: t.Union([
    t.Literal('structure'),
    t.Literal('value'),
    t.Literal('schema'),
    t.Literal('reference'),
    t.Literal('audit'),
  ]),
  /** Empty where it is about no collection. */
  collection: t.String(),
  key: t.String(),
  problem: t.String(),
  remedy: t.String(),
});
export type Finding = Static<typeof Finding>;

/** The most findings of one kind in one collection that are listed. */
const mostListed = 100;

/** The findings of a check: the first ones of each kind in a collection, and how many there are. */
export class Findings {
  readonly listed: Finding[] = [];
  #count = 0;
  readonly #counts = new Map<string, number>();

  get count(): number {
    return this.#count;
  }

  add(finding: Finding): void {
    const group = `${finding.kind} ${finding.collection}`;
    const count = (this.#counts.get(group) ?? 0) + 1;
    this.#counts.set(group, count);
    this.#count += 1;
    if (count <= mostListed) this.listed.push(finding);
  }
}
