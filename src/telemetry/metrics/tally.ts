import type { Family, Sample } from './family.ts';

/** Separates label values in a key: no label value has it. */
const separator = '\u0000';
/** The most combinations of label values that are counted apart. Beyond it, something is wrong with the labels. */
const most = 5_000;

interface TallyNames {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A counter, whose label values must be of a bounded number. */
export class Tally {
  readonly #names: TallyNames;
  readonly #values = new Map<string, number>();

  constructor(names: TallyNames) {
    this.#names = names;
  }

  add(labels: readonly string[], by = 1): void {
    const key = labels.join(separator);
    const value = this.#values.get(key);
    if (value === undefined && this.#values.size >= most) return;
    this.#values.set(key, (value ?? 0) + by);
  }

  family(): Family {
    const samples = Array.from(this.#values, ([key, value]): Sample => ({ labels: labelsIn(key), value }));
    const { length } = this.#names.labels;
    const none = length === 0 && samples.length === 0 ? [{ labels: [], value: 0 }] : [];
    return { ...this.#names, type: 'counter', samples: [...samples, ...none] };
  }
}

/** A histogram. */
export class Distribution {
  readonly #names: TallyNames;
  readonly #buckets: readonly number[];
  readonly #values = new Map<string, { counts: number[]; sum: number; count: number }>();

  constructor({ buckets, ...names }: TallyNames & { buckets: readonly number[] }) {
    this.#names = names;
    this.#buckets = buckets;
  }

  observe(labels: readonly string[], value: number): void {
    const key = labels.join(separator);
    const known = this.#values.get(key);
    if (known === undefined && this.#values.size >= most) return;
    const at = known ?? { counts: this.#buckets.map(() => 0), sum: 0, count: 0 };
    if (known === undefined) this.#values.set(key, at);
    at.sum += value;
    at.count += 1;
    const bucket = this.#buckets.findIndex((bound) => value <= bound);
    if (bucket >= 0) at.counts[bucket] = (at.counts[bucket] ?? 0) + 1;
  }

  family(): Family {
    const samples = Array.from(this.#values, ([key, { counts, sum, count }]) => {
      let below = 0;
      const cumulative = counts.map((own) => {
        below += own;
        return below;
      });
      return { labels: labelsIn(key), counts: cumulative, sum, count };
    });
    return { ...this.#names, type: 'histogram', buckets: this.#buckets, samples };
  }
}

function labelsIn(key: string): string[] {
  return key === '' ? [] : key.split(separator);
}
