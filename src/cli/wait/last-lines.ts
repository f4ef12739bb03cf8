import type { OperationHost } from '../../operations/operation.ts';
import type { Scene } from './scene.ts';

/** The log of a host has more. */
const most = 5;

/** How many lines each of the hosts may have when they share the room. */
export function linesEach(hosts: readonly OperationHost[], lastLines: Scene['lastLines'], room: number): number {
  const printed = hosts.filter(({ address }) => (lastLines.get(address) ?? []).length > 0).length;
  return Math.max(0, Math.min(most, Math.floor(room / Math.max(1, printed))));
}

/** The last lines of a host; empty when there is no room. */
export function lastOf({ address }: OperationHost, lastLines: Scene['lastLines'], count: number): readonly string[] {
  return count > 0 ? (lastLines.get(address) ?? []).slice(-count) : [];
}
