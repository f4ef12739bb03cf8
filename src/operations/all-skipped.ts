import type { HostRecord } from './fold.ts';

/** More reasons are not named. */
const mostReasons = 3;

/** Why an operation did nothing: every host was skipped. Empty when one was not, or when there are no hosts. */
export function allSkipped(hosts: ReadonlyMap<string, HostRecord>): string {
  const reasons = new Set<string>();
  for (const { state, error } of hosts.values()) {
    if (state !== 'skipped') return '';
    if (reasons.size <= mostReasons) reasons.add(error?.message ?? '');
  }
  if (hosts.size === 0) return '';
  const named = [...reasons].slice(0, mostReasons).join('; ');
  const count = hosts.size === 1 ? 'the only host was' : `all ${hosts.size} hosts were`;
  return `${count} skipped: ${named}${reasons.size > mostReasons ? '; and others' : ''}`;
}
