import type { Operation, OperationDetail, OperationHost } from '../operations/operation.ts';
import { instant } from './quantity.ts';
import { recordTable, table } from './table.ts';

/** One line per operation. */
export function operationTable(operations: readonly Operation[]): string[] {
  return table([['ID', 'KIND', 'CLUSTER', 'STATUS', 'HOSTS', 'FAILED', 'STARTED', 'FINISHED'], ...operations.map(row)]);
}

/** One operation in full, and below it one line per host. */
export function operationRecord({ results, ...operation }: OperationDetail): string[] {
  const heading = ['ADDRESS', 'STATE', 'ATTEMPTS', 'EXIT CODE', 'STARTED', 'FINISHED', 'ERROR'];
  return [...recordTable(operation), '', ...table([heading, ...results.map(hostRow)])];
}

function row({ id, kind, cluster, status, counts, started_at, finished_at }: Operation): string[] {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const failed = (counts.failed ?? 0) + (counts.unreachable ?? 0);
  return [id, kind, cluster, status, String(total), String(failed), instant(started_at), instant(finished_at)];
}

function hostRow({
  address,
  state,
  phase,
  attempts,
  exit_code,
  error,
  started_at,
  finished_at,
}: OperationHost): string[] {
  const doing = state === 'running' && phase !== undefined ? `${state} ${phase}` : state;
  const code = exit_code === null ? '' : String(exit_code);
  return [address, doing, String(attempts), code, instant(started_at), instant(finished_at), error?.message ?? ''];
}
