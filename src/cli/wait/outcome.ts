import type { OperationDetail, OperationHost } from '../../operations/operation.ts';
import { outcomeOf } from '../../operations/outcome.ts';
import { exitCode } from '../exit-code.ts';
import { truncate } from '../printable.ts';

/** Whether the operation has ended, whatever its status. */
export function hasEnded({ finished_at }: OperationDetail): boolean {
  return finished_at !== '';
}

/** The hosts that did not succeed. */
export function failedHosts({ results }: OperationDetail): OperationHost[] {
  return results.filter(({ state }) => state === 'failed' || state === 'unreachable');
}

/** The hosts that were worked on to the end; not those that a cancellation or a limit left out. */
export function doneHosts({ results }: OperationDetail): OperationHost[] {
  return results.filter((host) => isOver(host) && host.state !== 'cancelled');
}

/** Whether nothing more happens to the host. */
export function isOver({ state }: OperationHost): boolean {
  return state !== 'pending' && state !== 'running';
}

/** The exit code of a command that waited for the operation. */
export function exitCodeOf(operation: OperationDetail): number {
  if (failedHosts(operation).length > 0) return exitCode.hostsFailed;
  return outcomeOf(operation) === 'succeeded' ? exitCode.done : exitCode.failed;
}

/** A target may name thousands of hosts. */
const mostTarget = 40;

/** `restart of cluster web`, `bootstrap of 192.0.2.11`, `exec of 300 hosts (label:rack=3)`. */
export function titleOf({ kind, cluster, target, results }: OperationDetail): string {
  if (cluster !== '') return `${kind} of cluster ${cluster}`;
  const [first, ...others] = results;
  return first !== undefined && others.length === 0
    ? `${kind} of ${first.address}`
    : `${kind} of ${results.length} hosts (${truncate(target, mostTarget)})`;
}
