import { foldNodeSet } from '../../lib/node-set.ts';

/** `web3`, or `web[1-40] (40)` for several. */
export function namesOf(hosts: readonly string[]): string {
  const names = foldNodeSet(hosts);
  return hosts.length === 1 ? names : `${names} (${hosts.length})`;
}
