import type { EventFilter } from '../lib/event-filter.ts';
import { scopeOf } from '../operations/scope.ts';
import type { StoredEvent } from '../store/contract.ts';
import type { View, Whereabouts } from './authorisation.ts';

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

/** @param presentView of who asks, as it is by now; undefined sees everything */
export function eventChoice(
  filter: EventFilter,
  presentView: () => Promise<View | undefined>,
  whereabouts: Pick<Whereabouts, 'everywhere'>,
): EventChoice {
  let isVisible: (event: StoredEvent) => boolean = () => false;
  return {
    isWanted: (event) => filter(event) && isVisible(event),
    async refresh() {
      const view = await presentView();
      const hosts = view && (await whereabouts.everywhere());
      isVisible = (event) => view === undefined || clustersOf(event, hosts).every((cluster) => view.sees(cluster));
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
