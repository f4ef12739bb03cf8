import { addressOf } from './installation.ts';
import type { ClusterRecord } from './records.ts';
import type { Noted, WantedCluster } from './wanted.ts';

export interface ClusterSurroundings {
  /** The addresses of the hosts that are imported, or are there already. */
  readonly hosts: ReadonlySet<string>;
  /** The names of the networks and of the container managers, likewise. */
  readonly networks: ReadonlySet<string>;
  readonly managers: ReadonlySet<string>;
}

/**
 * The clusters in our form. A host that several clusters name is a member of the first, as in the original, which looks
 * no further (contract H6).
 */
export function translateClusters(
  records: ReadonlyMap<string, ClusterRecord>,
  surroundings: ClusterSurroundings,
): Noted<WantedCluster>[] {
  const taken = new Map<string, string>();
  return Array.from(records, ([name, record]) => {
    const { hostset, notes } = membersOf(name, record, { taken, surroundings });
    const { network = 'default', container_manager = '' } = record;
    const isKnown = network === 'default' || surroundings.networks.has(network);
    return {
      record: { name, network: isKnown ? network : 'default', container_manager, hostset },
      notes: [
        ...notes,
        ...(isKnown ? [] : [`its network ${network} does not exist: it gets the network default`]),
        ...(container_manager === '' || surroundings.managers.has(container_manager)
          ? []
          : [`its container manager ${container_manager} is not imported: create it with commctl`]),
      ],
    };
  });
}

function membersOf(
  cluster: string,
  { hostset = [] }: ClusterRecord,
  { taken, surroundings }: { taken: Map<string, string>; surroundings: ClusterSurroundings },
): { hostset: string[]; notes: string[] } {
  const members = new Set<string>();
  const notes: string[] = [];
  for (const text of new Set(hostset)) {
    const address = addressOf(text);
    const other = address === undefined ? undefined : taken.get(address);
    if (address === undefined || !surroundings.hosts.has(address)) {
      notes.push(`without ${shown(text)}, which is not imported`);
    } else if (other !== undefined && other !== cluster) {
      notes.push(`without ${address}, which is a member of ${other}`);
    } else {
      taken.set(address, cluster);
      members.add(address);
    }
  }
  return { hostset: [...members], notes };
}

function shown(text: string): string {
  return addressOf(text) ?? JSON.stringify(text.slice(0, 80));
}
