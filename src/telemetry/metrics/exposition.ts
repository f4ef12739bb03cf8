import {
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  Registry,
} from 'prom-client';
import type { MetricsForm } from '../../lib/server-reader.ts';
import type { DistributionSample, Family } from './family.ts';

export const metricsTypes: Readonly<Record<MetricsForm, string>> = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/** The families as the text that a Prometheus server reads. */
export function exposition(families: readonly Family[], form: MetricsForm): Promise<string> {
  const registry = new Registry();
  if (form === 'openmetrics') registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
  for (const family of families) register(family, [registry]);
  return registry.metrics();
}

function register(family: Family, registers: Registry[]): void {
  const { name, help, labels } = family;
  const configuration = { name, help, labelNames: [...labels], registers };
  if (family.type === 'histogram') {
    new StoredHistogram(family, registers);
    return;
  }
  if (family.type === 'counter') {
    const metric = new Counter(configuration);
    for (const { labels: values, value } of family.samples) metric.inc(labelled(labels, values), value);
  } else {
    const metric = new Gauge(configuration);
    metric.reset();
    if (labels.length === 0 && family.samples.length === 0) for (const each of registers) each.removeSingleMetric(name);
    for (const { labels: values, value } of family.samples) metric.set(labelled(labels, values), value);
  }
}

/** A histogram whose values were counted elsewhere. */
class StoredHistogram extends Histogram {
  readonly #family: Extract<Family, { type: 'histogram' }>;
  /** Counts nothing; it says the head of the metric in the form of the library. */
  readonly #head: Histogram;

  constructor(family: Extract<Family, { type: 'histogram' }>, registers: Registry[]) {
    const { name, help, labels, buckets } = family;
    const configuration = { name, help, labelNames: [...labels], buckets: [...buckets] };
    super({ ...configuration, registers });
    this.#family = family;
    this.#head = new Histogram({ ...configuration, registers: [] });
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    const read = await this.#head.get();
    return { ...read, values: this.#family.samples.flatMap((sample) => valuesOf(this.#family, sample)) };
  }

  /** What the registry asks instead of `get` when it writes text. */
  getForPromString(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
    return this.get();
  }
}

function valuesOf(
  { name, labels: names, buckets }: Extract<Family, { type: 'histogram' }>,
  { labels: values, counts, sum, count }: DistributionSample,
): MetricValueWithName<string>[] {
  const labels = labelled(names, values);
  const bucket = (le: number | string, value: number) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le },
    value,
  });
  return [
    ...buckets.map((bound, at) => bucket(bound, counts[at] ?? 0)),
    bucket('+Inf', count),
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

function labelled(names: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
}
