import { clustersOf } from './cluster-patterns.ts';
import type { Grant } from './grant.ts';
import type { Permission } from './permissions.ts';

/** What an operation would be about, for the decision whether it may be. */
export interface Reach {
  /** Of each of its hosts the cluster; undefined for one that is in none. */
  readonly clusters: readonly (string | undefined)[];
  /** How many hosts there are in all that a grant holds for. */
  readonly hostsWithin: (grant: Grant) => number;
}

/**
 * What a caller may do, and where. It is made of layers, each of which has to allow a thing: the grants of the caller,
 * and those of the token the caller came with.
 */
export class Access {
  readonly #layers: ReadonlyArray<readonly Grant[]>;

  constructor(...layers: ReadonlyArray<readonly Grant[]>) {
    this.#layers = layers;
  }

  /** Whether the permission is there at all, be it for one cluster only. */
  allows(permission: Permission): boolean {
    return this.#everyLayer((grant) => grant.permissions.has(permission));
  }

  /** Whether it is there without a limit to clusters. */
  allowsEverywhere(permission: Permission): boolean {
    return this.#everyLayer((grant) => grant.permissions.has(permission) && grant.clusters === undefined);
  }

  /** Whether it holds for a cluster, or for a host in it; undefined is a host that is in none. */
  allowsIn(permission: Permission, cluster: string | undefined): boolean {
    return this.#everyLayer((grant) => grant.permissions.has(permission) && holdsIn(grant, cluster));
  }

  /**
   * Whether one operation may be about so many hosts. One grant has to hold for all of them: what two allow apart they do
   * not allow together.
   */
  allowsReach(permission: Permission, reach: Reach): boolean {
    return this.#everyLayer(
      (grant) =>
        grant.permissions.has(permission) &&
        reach.clusters.every((cluster) => holdsIn(grant, cluster)) &&
        reach.clusters.length <= maxHostsOf(grant, reach),
    );
  }

  /** The clusters a permission is limited to, in each layer; equal for those who may see the same. */
  limitsOf(permission: Permission): string {
    const layers = this.#layers.map((layer) => layer.filter((grant) => grant.permissions.has(permission)));
    return JSON.stringify(layers.map((layer) => layer.map(({ clusters }) => clusters ?? null)));
  }

  /** Whether anything it allows is limited to clusters, or in size. */
  get isLimited(): boolean {
    return this.#layers.some((layer) =>
      layer.some(({ clusters, max_hosts, max_percent }) => (clusters ?? max_hosts ?? max_percent) !== undefined),
    );
  }

  /** The grants of the caller, without those of a token that limits them. */
  get own(): readonly Grant[] {
    return this.#layers[0] ?? [];
  }

  /** The roles, for messages. */
  get roles(): readonly string[] {
    return [...new Set(this.#layers.flatMap((layer) => layer.map(({ role }) => role)))];
  }

  /** The grants of the last layer that the others allow as well: what can be passed on as it is. */
  get passable(): readonly Grant[] {
    return (this.#layers.at(-1) ?? []).filter((grant) => this.contains([grant]));
  }

  /** Whether each of the grants is no wider than what is there. */
  contains(grants: readonly Grant[]): boolean {
    if (this.#layers.length === 0) return grants.every(({ permissions }) => permissions.size === 0);
    return grants.every((wanted) => this.#layers.every((layer) => isWithin(wanted, layer)));
  }

  #everyLayer(isEnough: (grant: Grant) => boolean): boolean {
    return this.#layers.length > 0 && this.#layers.every((layer) => layer.some(isEnough));
  }
}

/** Whether a grant holds for a cluster, or for a host in it. */
export function holdsIn({ clusters }: Grant, cluster: string | undefined): boolean {
  if (clusters === undefined) return true;
  return cluster !== undefined && clustersOf(clusters).has(cluster);
}

/**
 * Whether others allow all that this one does. Each permission has to be within a single one of them, as an operation is
 * allowed by a single one: so a yes is always right, and a no may be one that only taking them together would turn.
 */
function isWithin(wanted: Grant, others: readonly Grant[]): boolean {
  // Asked once of each, whatever the number of permissions: clusters of one are compared with those of the other.
  const wide = others.filter((other) => sharesPermission(wanted, other) && coversClusters(other, wanted));
  return [...wanted.permissions].every((permission) =>
    wide.some((other) => other.permissions.has(permission) && isNoLarger(wanted, other, permission)),
  );
}

function sharesPermission(one: Grant, other: Grant): boolean {
  return [...one.permissions].some((permission) => other.permissions.has(permission));
}

/** A pattern is within another when that one matches it as a text, its stars being letters like others. */
function coversClusters({ clusters }: Grant, wanted: Grant): boolean {
  if (clusters === undefined) return true;
  const covered = clustersOf(clusters);
  return wanted.clusters?.every((pattern) => covered.has(pattern)) === true;
}

/** Limits are those of operations: they do not matter to what starts none. */
function isNoLarger(wanted: Grant, other: Grant, permission: Permission): boolean {
  if (permission !== 'operation:run') return true;
  const isFewer = other.max_hosts === undefined || (wanted.max_hosts ?? Number.POSITIVE_INFINITY) <= other.max_hosts;
  if (!isFewer || other.max_percent === undefined) return isFewer;
  // A share is of the hosts that the grant holds for: one of fewer clusters is a share of fewer.
  return wanted.max_percent !== undefined && wanted.max_percent <= other.max_percent;
}

function maxHostsOf(grant: Grant, { hostsWithin }: Reach): number {
  const most = grant.max_hosts ?? Number.POSITIVE_INFINITY;
  if (grant.max_percent === undefined) return most;
  return Math.min(most, Math.floor((hostsWithin(grant) * grant.max_percent) / 100));
}
