import type { EventFilter } from '../lib/event-filter.ts';
import { scopeOf } from '../operations/scope.ts';
import type { StoredEvent } from '../store/contract.ts';

/** What somebody may see who may not see everything. */
export interface Sight {
  /** By the cluster a thing is in; undefined is in none. */
  sees(cluster: string | undefined): boolean;
}

/** Tells of every host the cluster it is in. */
export interface HostsInClusters {
  everywhere(): Promise<ReadonlyMap<string, string | undefined>>;
}

/** Which events somebody gets: of those they ask for, those they may see. */
export interface EventChoice {
  isWanted(event: StoredEvent): boolean;
  /**
   * To be awaited before a number of events is looked at: who may see them can change meanwhile.
   *
   * @throws AppError `forbidden` when who asks may see none any more
   */
  refresh(): Promise<void>;
}

/** @param presentSight of who asks, as it is by now; undefined sees everything */
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

/** The clusters an event is about; undefined for what is about none of them, or about all. */
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
