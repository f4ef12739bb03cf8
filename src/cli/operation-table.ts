import type { HandshakeWindow } from '../operations/handshake-window.ts';
import type { Operation, OperationDetail, OperationHost } from '../operations/operation.ts';
import { truncate } from './printable.ts';
import { instant } from './quantity.ts';
import { recordTable, table } from './table.ts';

const heading = ['ID', 'KIND', 'TARGET', 'STATUS', 'HOSTS', 'DONE', 'FAILED', 'BY', 'STARTED', 'FINISHED'];
/** A target may name thousands of hosts, one by one. */
const mostTarget = 40;

/** One line per operation. */
export function operationTable(operations: readonly Operation[]): string[] {
  return table([heading, ...operations.map(row)]);
}

/** One operation in full, and below it one line per host. */
export function operationRecord({ results, handshake_window, ...operation }: OperationDetail): string[] {
  const heading = ['ADDRESS', 'STATE', 'ATTEMPTS', 'EXIT CODE', 'STARTED', 'FINISHED', 'ERROR'];
  const record = { ...operation, handshakes: handshakes(handshake_window) };
  return [...recordTable(record), '', ...table([heading, ...results.map(hostRow)])];
}

function row({ id, kind, target, status, counts, requested_by, started_at, finished_at }: Operation): string[] {
  const { pending = 0, running = 0, failed = 0, unreachable = 0 } = counts;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const numbers = [total, total - pending - running, failed + unreachable].map(String);
  const times = [started_at, finished_at].map(instant);
  return [id, kind, truncate(target, mostTarget), status, ...numbers, requested_by, ...times];
}

/** `64 at a time (16 to 96), 12 ms each, growing`; a server may not tell, or not know yet. */
export function handshakes(window: HandshakeWindow | null | undefined): string {
  if (!window) return '';
  const { limit, smallest, largest, latency_ms, reason } = window;
  const each = latency_ms === null ? '' : `, ${latency_ms} ms each`;
  return `${limit} at a time (${smallest} to ${largest})${each}, ${reason}`;
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
