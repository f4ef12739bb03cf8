import type { DescribedHost, Fault, Remark } from '../../inventory/formats/described-host.ts';
import type { Labels } from '../../inventory/labels.ts';
import { isName } from '../../lib/names.ts';
import { foldNodeSet } from '../../lib/node-set.ts';

/** What becomes of the groups of a file: a label for each, the cluster of the host, or nothing. */
export const groupUses = ['labels', 'clusters', 'none'] as const;
export type GroupUse = (typeof groupUses)[number];

/** The label of a host in a group has no value: the target `label:group.web` selects the hosts of the group `web`. */
const prefix = 'group.';
/** The key of a label. */
const labelKey = /^[A-Za-z0-9_.-]{1,63}$/;

/** The labels for the groups of a host, those above its own included. */
export function groupLabels({ groups = [] }: DescribedHost): Labels {
  return Object.fromEntries(groups.map((name) => [prefix + name, '']).filter(([key = '']) => labelKey.test(key)));
}

/**
 * The cluster for the groups of a host: the one group that names it, because a host is a member of one cluster.
 *
 * @throws Error when several do, or when its name is none for a cluster
 */
export function groupCluster({ ownGroups = [] }: DescribedHost): string | undefined {
  const [name, ...others] = ownGroups;
  if (name === undefined) return undefined;
  if (others.length > 0) {
    throw new Error(
      `several groups name it (${ownGroups.join(', ')}), and a host is a member of one cluster; use --groups labels`,
    );
  }
  if (!isName(name)) throw new Error(`the group "${name}" has no name for a cluster; use --groups labels`);
  return name;
}

/** The groups of which nothing is kept, in one remark. */
export function unusedGroups(hosts: readonly DescribedHost[], use: GroupUse): Remark[] {
  const [first] = hosts;
  const all = new Set(hosts.flatMap(({ groups = [] }) => groups));
  const kept = keptOf(hosts, use);
  const unused = [...all].filter((name) => !kept.has(name)).toSorted();
  if (first === undefined || unused.length === 0) return [];
  const line = Math.min(
    ...hosts.filter(({ groups = [] }) => groups.some((each) => !kept.has(each))).map(({ line }) => line),
  );
  return [{ line, message: `not used: ${unused.length === 1 ? 'the group' : 'the groups'} ${unused.join(', ')}` }];
}

function keptOf(hosts: readonly DescribedHost[], use: GroupUse): ReadonlySet<string> {
  if (use === 'none') return new Set();
  if (use === 'clusters') return new Set(hosts.flatMap(({ ownGroups = [] }) => ownGroups));
  return new Set(hosts.flatMap(({ groups = [] }) => groups.filter((name) => labelKey.test(prefix + name))));
}

/** One fault for each reason, with all hosts that have it as a node set. */
export function foldedFaults(
  faults: readonly { place: Omit<Fault, 'message'>; host: string; reason: string }[],
): Fault[] {
  return Array.from(Map.groupBy(faults, ({ reason }) => reason).values(), (alike) => {
    const [first] = alike;
    if (first === undefined) throw new Error('a group has a member');
    return { ...first.place, message: `${foldNodeSet(alike.map(({ host }) => host))}: ${first.reason}` };
  });
}
