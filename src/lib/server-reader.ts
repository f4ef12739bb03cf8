/** A check of the server. */
export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  /** Why not; empty when it is. It names no secret, but may name paths. */
  readonly reason: string;
}

/** The two text forms of metrics. */
export type MetricsForm = 'text' | 'openmetrics';

/** What the server counts of itself. */
export interface ServerCounts {
  readonly [what: string]: number;
}

/** What a running server is. */
export interface ServerFacts {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** What is built in and what is switched on, sorted. */
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly dataDirectory: string;
  readonly configurationFile: string | undefined;
  readonly counts: () => Promise<ServerCounts>;
}

/** What the API tells of the server itself. */
export interface ServerReader {
  readonly facts: ServerFacts;
  /** Every check, in order. Never throws. */
  checks(): Promise<CheckResult[]>;
  metrics(form: MetricsForm): Promise<{ readonly type: string; readonly text: string }>;
}

/** The form that `Accept` asks for, as a Prometheus server does that knows OpenMetrics. */
export function formWanted(accept: string | null): MetricsForm {
  return accept?.includes('application/openmetrics-text') === true ? 'openmetrics' : 'text';
}
