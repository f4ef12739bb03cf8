import { hostRecords } from '../inventory/collections.ts';
import { clusterRevision } from '../inventory/known-clusters.ts';
import { clustersOf } from '../inventory/membership.ts';
import { Pace } from '../lib/pace.ts';
import type { Collection, Reader } from '../store/contract.ts';
import { mostAtOnce } from './at-once.ts';
import type { JumpHostsOf } from './batches.ts';
import { checkGates } from './gate-check.ts';
import type { HttpGates } from './http-gates.ts';
import { seeded } from './identity.ts';
import { ordered } from './order.ts';
import { rebootTimeouts } from './reboot-timeouts.ts';
import type { StartRequest } from './start.ts';
import { completed, type Strategy } from './strategy.ts';
import { checkStrategy } from './strategy-check.ts';

/** Reads the hosts of a target. */
export type HostResolver = (reader: Reader) => Promise<readonly string[]>;

/** The data that the start of an operation is based on, as read at one time. */
export interface Look {
  strategy: Strategy;
  /** In the order in which the operation takes them, each once. */
  addresses: readonly string[];
  /** By address; undefined for a host in no cluster. */
  clusters: ReadonlyMap<string, string | undefined>;
  /** The hosts that the request named and that exist. */
  named: ReadonlySet<string>;
  /** By address: the jump hosts, for hosts that have some. */
  jumpHosts: JumpHostsOf;
  /** By address, in seconds; empty when the kind takes no host away. */
  rebootTimeouts: ReadonlyMap<string, number>;
  /** Revision of the operation's cluster and its members; undefined when it has no cluster. */
  clusterRevision: number | undefined;
}

/** What a start reads beside the store. */
export interface LookingAt {
  httpGates: HttpGates;
  /** The jump hosts of each host that has some. */
  jumpHosts: (addresses: readonly string[]) => Promise<JumpHostsOf>;
  /** Whether the kind may take a host away for a while. */
  takesAway: (kind: string, strategy: Strategy) => boolean;
  /** Seconds for a host of which neither the strategy nor the inventory says so. */
  rebootTimeout: number;
}

/** Memberships that are read together. */
const readAtOnce = 200;

/**
 * Reads what an operation would be about, outside of any transaction: of very many hosts one always changes. The
 * transactions of the start compare what it depends on.
 *
 * @throws AppError `forbidden`, `invalid_member` for a strategy that cannot be followed; what `resolveHosts` throws
 */
export async function lookAt(
  reader: Reader,
  { id, httpGates, jumpHosts, takesAway, rebootTimeout: otherwise }: LookingAt & { id: string },
  request: StartRequest,
  resolveHosts: HostResolver,
): Promise<Look> {
  const { cluster } = request;
  // Read before the hosts, so that a host that joins or leaves afterwards is noticed.
  const revision = cluster === '' ? undefined : await clusterRevision(reader, cluster);
  const named = new Set<string>();
  const target = [...new Set(await resolveHosts(notingHosts(reader, named)))];
  const clusters = await clustersByHost(reader, target);
  request.admit?.([...clusters.values()], mostAtOnce(clusters.size, completed(request.strategy)));
  const strategy = checkStrategy(seeded(completed(request.strategy), id));
  const addresses = await ordered(reader, target, strategy);
  await checkGates(reader, strategy, addresses, httpGates);
  const timeouts = takesAway(request.kind, strategy)
    ? await rebootTimeouts(reader, { addresses, clusters, strategy, otherwise })
    : new Map<string, number>();
  const ways = await jumpHosts(addresses);
  const fixed = { jumpHosts: ways, rebootTimeouts: timeouts };
  return { strategy, addresses, clusters, named, ...fixed, clusterRevision: revision };
}

function notingHosts(reader: Reader, named: Set<string>): Reader {
  return {
    async get<T>(collection: Collection<T>, key: string) {
      const entry = await reader.get(collection, key);
      if (collection.name === hostRecords.name && entry !== undefined) named.add(key);
      return entry;
    },
    list: (collection, range) => reader.list(collection, range),
  };
}

export async function clustersByHost(
  reader: Reader,
  addresses: readonly string[],
): Promise<ReadonlyMap<string, string | undefined>> {
  const clusters = new Map<string, string | undefined>();
  const pace = new Pace();
  for (let from = 0; from < addresses.length; from += readAtOnce) {
    const some = addresses.slice(from, from + readAtOnce);
    const found = await clustersOf(reader, some);
    for (const [index, address] of some.entries()) clusters.set(address, found[index]);
    if (pace.isDue) await pace.rest();
  }
  return clusters;
}
