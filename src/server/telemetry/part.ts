import type { ServerConfiguration } from '../../config/configuration.ts';
import type { Hooks } from '../../hooks/hooks.ts';
import type { Clock } from '../../lib/clock.ts';
import { descriptorLimit } from '../../lib/descriptor-limit.ts';
import type { MetricsForm, ServerReader } from '../../lib/server-reader.ts';
import { version } from '../../lib/version.ts';
import type { Engine } from '../../operations/engine.ts';
import type { SessionPool } from '../../ssh/pool.ts';
import type { KeyedCachingStore } from '../../store/cached.ts';
import { type Family, gauge } from '../../telemetry/metrics/family.ts';
import { watchLoopLag } from '../../telemetry/metrics/loop-lag.ts';
import type { Measures } from '../../telemetry/metrics/measures.ts';
import { processFamilies } from '../../telemetry/metrics/process.ts';
import { certificateFamilies } from './certificate.ts';
import { serverChecks } from './checks.ts';
import { eventFamilies, hostFamilies, operationFamilies, sshFamilies, storeFamilies } from './families.ts';
import { featuresOf, limitsOf } from './features.ts';
import type { Tracing } from './tracing.ts';

export interface TelemetryDependencies {
  readonly store: KeyedCachingStore;
  readonly clock: Clock;
  readonly configuration: ServerConfiguration;
  readonly measures: Measures;
  readonly tracing: Tracing;
  readonly engine: Engine;
  readonly pool: SessionPool;
  readonly hooks: Hooks;
  readonly followers: () => { count: number; lag: number };
  /** Metrics that only the listeners know. */
  readonly listenerFamilies: () => Family[];
  /** How many lines the log got, by level. */
  readonly logLines: () => Iterable<readonly [string, number]>;
}

/** What the server tells of itself: everything is read when somebody asks. */
export function telemetryPart(dependencies: TelemetryDependencies) {
  const { store, clock, configuration, measures } = dependencies;
  const startedAt = clock.now().getTime();
  const lag = watchLoopLag((seconds) => measures.loopLag.observe([], seconds));
  const ends = countEnds(store, measures);
  return {
    reader: (unready: () => string | undefined): ServerReader => ({
      facts: {
        startedAt: new Date(startedAt).toISOString(),
        features: featuresOf(configuration),
        limits: limitsOf(configuration),
        dataDirectory: configuration.dataDir,
        configurationFile: configuration.configurationFile,
        counts: () => countsOf(dependencies),
      },
      checks: () => serverChecks({ store, unready }),
      metrics: (form) => metricsOf({ ...dependencies, unready, startedAt }, form),
    }),
    [Symbol.dispose]() {
      lag[Symbol.dispose]();
      ends[Symbol.dispose]();
    },
  };
}

/** The log of events says how operations ended, for all of them in one place. */
function countEnds({ events }: Pick<KeyedCachingStore, 'events'>, measures: Measures): Disposable {
  let newest = 0;
  return events.subscribe(({ type, action, data, sequence }) => {
    // An event may be announced twice.
    if (type !== 'operation' || sequence <= newest || !['finished', 'failed', 'cancelled'].includes(action)) return;
    newest = sequence;
    measures.operationsEnded.add([typeof data?.kind === 'string' ? data.kind : 'unknown', action]);
  });
}

const counted = {
  hosts: 'hosts',
  clusters: 'clusters',
  networks: 'networks',
  container_managers: 'container_managers',
  operations: 'operations',
  budgets: 'budgets',
  secrets: 'custodia',
  tokens: 'tokens',
  audit_entries: 'audit',
  dead_letters: 'dead-letters',
} as const;

async function countsOf({ store, engine, pool, followers }: TelemetryDependencies): Promise<Record<string, number>> {
  const { entries } = store.usage?.() ?? { entries: new Map<string, number>() };
  const { first, last } = await store.events.bounds();
  const stored = Object.entries(counted).map(([name, collection]) => [name, entries.get(collection) ?? 0] as const);
  return {
    ...Object.fromEntries(stored),
    events: last === 0 ? 0 : last - first + 1,
    operations_running: engine.atWork().length,
    ssh_sessions: pool.counts().inUse + pool.counts().idle,
    event_followers: followers().count,
  };
}

interface Asked extends TelemetryDependencies {
  readonly unready: () => string | undefined;
  readonly startedAt: number;
}

/** The library that writes the text is loaded by the first request for it. */
async function metricsOf(asked: Asked, form: MetricsForm): Promise<{ type: string; text: string }> {
  const { exposition, metricsTypes } = await import('../../telemetry/metrics/exposition.ts');
  return { type: metricsTypes[form], text: await exposition(await familiesOf(asked), form) };
}

async function familiesOf(asked: Asked): Promise<Family[]> {
  const { store, configuration, measures, engine, pool, hooks, tracing, unready, startedAt } = asked;
  const { followers, listenerFamilies, logLines } = asked;
  return [
    buildFamily(),
    gauge(
      'commissaire_ready',
      '1 when the server can work, 0 while it starts or stops',
      Number(unready() === undefined),
    ),
    ...measures.families(),
    ...operationFamilies(engine),
    ...(await hostFamilies(store)),
    ...sshFamilies(pool),
    ...storeFamilies(store, configuration.dataDir),
    ...(await eventFamilies(store, hooks, followers())),
    ...(await certificateFamilies(configuration)),
    ...listenerFamilies(),
    ...tracingFamilies(tracing),
    logFamily(logLines()),
    ...processFamilies(descriptorLimit(), startedAt),
  ];
}

function buildFamily(): Family {
  return {
    name: 'commissaire_build_info',
    help: 'Always 1; its labels say what runs',
    labels: ['version', 'runtime', 'platform', 'architecture'],
    type: 'gauge',
    samples: [{ labels: [version, `bun ${Bun.version}`, process.platform, process.arch], value: 1 }],
  };
}

function tracingFamilies({ counts }: Tracing): Family[] {
  const { exported, dropped } = counts?.() ?? { exported: 0, dropped: 0 };
  const samples = [
    { labels: ['exported'], value: exported },
    { labels: ['dropped'], value: dropped },
  ];
  const help = 'Spans of traces, by what became of them; none while tracing is off';
  return [{ name: 'commissaire_trace_spans_total', help, labels: ['result'], type: 'counter', samples }];
}

function logFamily(lines: Iterable<readonly [string, number]>): Family {
  const samples = Array.from(lines, ([level, value]) => ({ labels: [level], value }));
  return { name: 'commissaire_log_lines_total', help: 'Lines of the log', labels: ['level'], type: 'counter', samples };
}
