import { expandNodeSet } from '../lib/node-set.ts';
import type { FoldedGroup } from '../operations/folded.ts';
import type { OperationHost } from '../operations/operation.ts';
import { briefErrorOf, nameless } from './wait/failures.ts';

/** More different reasons of one group are counted. */
const mostReasons = 5;

/**
 * The groups in the order in which they are printed: those that succeeded first, the largest first, because a terminal
 * shows the end, where the odd ones belong.
 */
export function oddLast(groups: readonly FoldedGroup[]): FoldedGroup[] {
  const isBad = ({ state }: FoldedGroup) => (state === 'succeeded' ? 0 : 1);
  return groups.toSorted((a, b) => isBad(a) - isBad(b) || b.count - a.count);
}

/** The hosts of a group and, unless they succeeded, how they ended and why: `h[1-2] (2): failed, exit code 7`. */
export function groupHeading(group: FoldedGroup, hosts: ReadonlyMap<string, OperationHost>): string {
  const { count, state, exit_code } = group;
  const names = `${group.hosts} (${count})`;
  if (state === 'succeeded') return names;
  if (exit_code !== null) return `${names}: ${state}, exit code ${exit_code}`;
  const reasons = reasonsOf(group, hosts);
  return reasons.length === 0 ? `${names}: ${state}` : `${names}: ${state}: ${reasons.join('; ')}`;
}

/** For several hosts, HOST stands for each name in a reason. */
function reasonsOf({ hosts, error }: FoldedGroup, known: ReadonlyMap<string, OperationHost>): string[] {
  const alike = [...expandNodeSet(hosts)].flatMap((address) => known.get(address) ?? []);
  const reasons = [...Map.groupBy(alike, nameless).values()].map(briefErrorOf).filter((reason) => reason !== '');
  if (reasons.length === 0) return error === '' ? [] : [error];
  const shown = reasons.slice(0, mostReasons);
  const hidden = reasons.length - shown.length;
  return hidden === 0 ? shown : [...shown, `and ${hidden} other reasons`];
}
