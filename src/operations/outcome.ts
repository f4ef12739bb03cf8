import type { Operation, OperationOutcome } from './operation.ts';

/**
 * How an operation ended, by its status and the number of its hosts in each state; null while it has not. It does not
 * depend on the strategy: when every host failed it is `failed`, also where the strategy continues at failures, which
 * makes the status `finished`.
 */
export function outcomeOf({ status, counts }: Pick<Operation, 'status' | 'counts'>): OperationOutcome | null {
  if (status === 'failed' || status === 'cancelled') return status;
  if (status !== 'finished') return null;
  const { succeeded = 0, skipped = 0, failed = 0, unreachable = 0 } = counts;
  if (failed + unreachable > 0) return succeeded === 0 ? 'failed' : 'with_failures';
  return succeeded === 0 && skipped > 0 ? 'skipped' : 'succeeded';
}
