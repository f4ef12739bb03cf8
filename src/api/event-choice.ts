import type { EventFilter } from '../lib/event-filter.ts';
import { scopeOf } from '../operations/scope.ts';
import type { StoredEvent } from '../store/contract.ts';
import type { View, Whereabouts } from './authorisation.ts';

/** Which events somebody gets: of those they ask for, those they may see. */
export interface EventChoice {
  isWanted(event: StoredEvent): boolean;
  /** To be awaited before a number of events is looked at: who may see them can change meanwhile. */
  refresh(): Promise<void>;
}

/** @param view of who asks; undefined sees everything */
export function eventChoice(
  filter: EventFilter,
  view: View | undefined,
  whereabouts: Pick<Whereabouts, 'everywhere'>,
): EventChoice {
  if (view === undefined) return { isWanted: filter, refresh: async () => {} };
  let hosts: ReadonlyMap<string, string | undefined> = new Map();
  return {
    isWanted: (event) => filter(event) && clustersOf(event, hosts).every((cluster) => view.sees(cluster)),
    async refresh() {
      hosts = await whereabouts.everywhere();
    },
  };
}

/** The clusters an event is about; undefined for what is about none of them, or about all. */
function clustersOf(
  { type, key, data = {} }: StoredEvent,
  hosts: ReadonlyMap<string, string | undefined>,
): readonly (string | undefined)[] {
  if (type === 'cluster') return [key];
  if (type === 'host' || type === 'host_key' || type === 'credentials') return [hosts.get(key)];
  if (type !== 'operation') return [undefined];
  const { cluster, clusters } = data;
  const named = Array.isArray(clusters) ? { clusters: clusters.map(String) } : {};
  return scopeOf({ cluster: typeof cluster === 'string' ? cluster : '', ...named });
}
