import { foldNodeSet } from '../lib/node-set.ts';
import type { PresentCluster } from './inventory.ts';
import type { WantedCluster } from './wanted.ts';

/**
 * What differs between a cluster of the original and the one that is there, in words. Members that are not in the
 * inventory yet are no difference: they join when the import creates them. Neither is another order.
 *
 * @param hosts the addresses of the hosts that are there
 */
export function compareCluster(wanted: WantedCluster, there: PresentCluster, hosts: ReadonlySet<string>): string[] {
  const [here, original] = [new Set(there.hostset), new Set(wanted.hostset)];
  const missing = wanted.hostset.filter((address) => !here.has(address) && hosts.has(address));
  const more = there.hostset.filter((address) => !original.has(address));
  return [
    ...different('network', there.network, wanted.network),
    ...different('container manager', there.container_manager, wanted.container_manager),
    ...(missing.length === 0 ? [] : [`members only in the original: ${foldNodeSet(missing)}`]),
    ...(more.length === 0 ? [] : [`members only here: ${foldNodeSet(more)}`]),
  ];
}

function different(what: string, here: string, there: string): string[] {
  if (here === there) return [];
  const shown = (text: string) => (text === '' ? 'none' : text);
  return [`${what}: here ${shown(here)}, in the original ${shown(there)}`];
}
