/** A value with its labels, in the order of the family's label names. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** A distribution with its labels. */
export interface DistributionSample {
  readonly labels: readonly string[];
  /** For each bucket of the family, the number of values up to its bound; not those beyond the last one. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

interface Named {
  /** By the rules of Prometheus: base units, `_total` for a counter. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A metric at one moment. */
export type Family =
  | (Named & { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] })
  | (Named & {
      readonly type: 'histogram';
      /** Upper bounds, ascending. */
      readonly buckets: readonly number[];
      readonly samples: readonly DistributionSample[];
    });

/** A gauge with one value, or none while the value is unknown. */
export function gauge(name: string, help: string, value: number | undefined): Family {
  return { name, help, labels: [], type: 'gauge', samples: value === undefined ? [] : [{ labels: [], value }] };
}

/** A gauge with a value for each value of one label. */
export function gaugeBy(
  name: string,
  help: string,
  label: string,
  values: Iterable<readonly [string, number]>,
): Family {
  const samples = Array.from(values, ([each, value]) => ({ labels: [each], value }));
  return { name, help, labels: [label], type: 'gauge', samples };
}

/** A counter with one value. */
export function counter(name: string, help: string, value: number | undefined): Family {
  return { ...gauge(name, help, value), type: 'counter', samples: value === undefined ? [] : [{ labels: [], value }] };
}
