import type { AnsweredRequest } from '../../api/observation.ts';
import type { Measures } from '../../telemetry/metrics/measures.ts';

export function requestCount(measures: Measures): (request: AnsweredRequest) => void {
  return ({ route, method, status, seconds }) => {
    measures.requests.add([route, method, String(status)]);
    measures.requestSeconds.observe([route, method], seconds);
  };
}

/** Counts what the retention removed; undefined says that it failed. */
export function sweepCount(measures: Measures): (what: string, removed: number | undefined) => void {
  return (what, removed) => {
    measures.sweeps.add([what, removed === undefined ? 'failed' : 'done']);
    measures.removed.add([what], removed ?? 0);
  };
}

export function countCollection(measures: Measures, ms: number): void {
  measures.collections.add([]);
  measures.collectionSeconds.add([], ms / 1000);
}
