import type { EventFilter } from '../lib/event-filter.ts';
import { scopeOf } from '../operations/scope.ts';
import type { StoredEvent } from '../store/contract.ts';

/** The view of a caller who may not see everything. */
export interface Sight {
  /** Whether the caller sees things of a cluster; undefined stands for no cluster. */
  sees(cluster: string | undefined): boolean;
}

/** Returns the cluster of every host. */
export interface HostsInClusters {
  everywhere(): Promise<ReadonlyMap<string, string | undefined>>;
}

/** The events for a caller: those that match the filter and that the caller may see. */
export interface EventChoice {
  isWanted(event: StoredEvent): boolean;
  /**
   * To be awaited before each page of events: permissions may change meanwhile.
   *
   * @throws AppError `forbidden` when the caller may not see events any more
   */
  refresh(): Promise<void>;
}

/** @param presentSight returns the caller's current view; undefined sees everything */
export function eventChoice(
  filter: EventFilter,
  presentSight: () => Promise<Sight | undefined>,
  hostsInClusters: HostsInClusters,
): EventChoice {
  let isVisible: (event: StoredEvent) => boolean = () => false;
  return {
    isWanted: (event) => filter(event) && isVisible(event),
    async refresh() {
      const sight = await presentSight();
      const hosts = sight && (await hostsInClusters.everywhere());
      isVisible = (event) => sight === undefined || clustersOf(event, hosts).every((cluster) => sight.sees(cluster));
    },
  };
}

/** The clusters an event is about; undefined for an event about none of them, or about all. */
function clustersOf(
  { type, key, data = {} }: StoredEvent,
  hosts: ReadonlyMap<string, string | undefined> = new Map(),
): readonly (string | undefined)[] {
  if (type === 'cluster') return [key];
  if (type === 'host' || type === 'host_key' || type === 'credentials') return [hosts.get(key)];
  if (type !== 'operation') return [undefined];
  const { cluster, clusters } = data;
  const named = Array.isArray(clusters) ? { clusters: clusters.map(String) } : {};
  return scopeOf({ cluster: typeof cluster === 'string' ? cluster : '', ...named });
}
