import type { Operation, OperationDetail, OperationHost } from '../../operations/operation.ts';
import { referenceTo } from '../../operations/operation-name.ts';
import { outcomeOf } from '../../operations/outcome.ts';
import { briefErrorOf, nameless } from './failures.ts';
import { namesOf } from './names.ts';

/** A reason that hosts of an operation share. */
interface Reason {
  readonly hosts: readonly OperationHost[];
  readonly text: string;
}

/**
 * Why hosts of an operation did not succeed, one line for each reason: `h7 failed: exit code 3`. The worst come last,
 * and among them those of the fewest hosts, because a terminal shows the end.
 */
export function reasonLines({ results }: Pick<OperationDetail, 'results'>): string[] {
  return reasonsIn(results).map(({ hosts, text }) => {
    const [{ state = '' } = {}] = hosts;
    return `${namesOf(hosts.map(({ address }) => address))} ${state}${text === '' ? '' : `: ${text}`}`;
  });
}

/** What a person would type next about an operation that waits for a command, or that did not go well. */
export function nextCommands(operation: Operation & Partial<Pick<OperationDetail, 'results'>>): string[] {
  const reference = referenceTo(operation);
  const { status, cancelling, waiting_for, counts, results = [] } = operation;
  const { failed = 0, unreachable = 0, cancelled = 0 } = counts;
  if (outcomeOf(operation) === null) {
    if (cancelling) return [];
    if (status === 'paused') return [`resume: commctl operation resume ${reference}`];
    return waiting_for?.what === 'promotion' ? [`promote: commctl operation promote ${reference}`] : [];
  }
  const printed = results.find(
    ({ state, output_bytes, log_removed_at }) => state === 'failed' && output_bytes > 0 && log_removed_at === undefined,
  );
  const output = printed && `output: commctl operation log --host ${printed.address} ${reference}`;
  const retry = failed + unreachable + cancelled > 0 ? [`retry: commctl operation retry ${reference}`] : [];
  return output === undefined ? retry : [output, ...retry];
}

/** From the least to the worst. */
const order: readonly OperationHost['state'][] = ['skipped', 'cancelled', 'unreachable', 'failed'];

function reasonsIn(results: readonly OperationHost[]): Reason[] {
  const without = results.filter(({ state }) => order.includes(state));
  const groups = Map.groupBy(without, (host) => `${host.state} ${host.exit_code} ${nameless(host)}`);
  return [...groups.values()]
    .map((hosts) => ({ hosts, text: briefErrorOf(hosts) }))
    .sort((a, b) => rankOf(a) - rankOf(b) || b.hosts.length - a.hosts.length);
}

function rankOf({ hosts: [host] }: Reason): number {
  return host === undefined ? -1 : order.indexOf(host.state);
}
