import type { OperationHost } from '../../operations/operation.ts';
import type { Scene } from './scene.ts';

/** More of one host is for its log. */
const most = 5;

/** How many lines each of the hosts may have when they share the room. */
export function linesEach(hosts: readonly OperationHost[], lastLines: Scene['lastLines'], room: number): number {
  const printed = hosts.filter(({ address }) => (lastLines.get(address) ?? []).length > 0).length;
  return Math.max(0, Math.min(most, Math.floor(room / Math.max(1, printed))));
}

/** The last so many lines of a host; none when there is room for none. */
export function lastOf({ address }: OperationHost, lastLines: Scene['lastLines'], count: number): readonly string[] {
  return count > 0 ? (lastLines.get(address) ?? []).slice(-count) : [];
}
