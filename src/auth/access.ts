import { clustersOf } from './cluster-patterns.ts';
import { type Exceeded, exceededBy } from './exceeded.ts';
import type { Grant } from './grant.ts';
import type { Permission } from './permissions.ts';

/** The hosts of an operation, for the decision whether the caller may start it. */
export interface Reach {
  /** The cluster of each of its hosts; undefined for a host in none. */
  readonly clusters: readonly (string | undefined)[];
  /** How many of them are in flight at the same time; all when left out. */
  readonly atOnce?: number;
  /** The number of all hosts that a grant holds for. */
  readonly hostsWithin: (grant: Grant) => number;
}

/**
 * What a caller may do, and where. It has layers, each of which must allow a request: the grants of the caller, and
 * those of the caller's token.
 */
export class Access {
  readonly #layers: ReadonlyArray<readonly Grant[]>;

  constructor(...layers: ReadonlyArray<readonly Grant[]>) {
    this.#layers = layers;
  }

  /** Whether the caller has the permission at all, even for one cluster only. */
  allows(permission: Permission): boolean {
    return this.#everyLayer((grant) => grant.permissions.has(permission));
  }

  /** Whether the permission holds without a limit to clusters. */
  allowsEverywhere(permission: Permission): boolean {
    return this.#everyLayer((grant) => grant.permissions.has(permission) && grant.clusters === undefined);
  }

  /** Whether the permission holds for a cluster, or for a host in it; undefined stands for a host in no cluster. */
  allowsIn(permission: Permission, cluster: string | undefined): boolean {
    return this.#everyLayer((grant) => grant.permissions.has(permission) && holdsIn(grant, cluster));
  }

  /**
   * Whether one operation may be about these hosts. One grant must hold for all of them: grants are never combined to
   * allow one operation.
   */
  allowsReach(permission: Permission, reach: Reach): boolean {
    return this.#everyLayer((grant) => covers(grant, permission, reach) && excessOf(grant, reach) === undefined);
  }

  /**
   * The limit that keeps the caller from an operation about these hosts; of several grants, that of the one that allows
   * most. Undefined when it is allowed, and when no grant holds for all of the hosts.
   */
  limitExceeded(permission: Permission, reach: Reach): Exceeded | undefined {
    for (const layer of this.#layers) {
      const excesses = layer.filter((grant) => covers(grant, permission, reach)).map((grant) => excessOf(grant, reach));
      if (excesses.includes(undefined)) continue;
      const [widest] = excesses.filter((excess) => excess !== undefined).toSorted((a, b) => b.allowed - a.allowed);
      if (widest !== undefined) return widest;
    }
    return undefined;
  }

  /** The clusters that a permission is limited to, in each layer; equal for callers who may see the same. */
  limitsOf(permission: Permission): string {
    const layers = this.#layers.map((layer) => layer.filter((grant) => grant.permissions.has(permission)));
    return JSON.stringify(layers.map((layer) => layer.map(({ clusters }) => clusters ?? null)));
  }

  /** Whether any of its grants is limited to clusters, or in size. */
  get isLimited(): boolean {
    return this.#layers.some((layer) =>
      layer.some(
        ({ clusters, max_hosts, max_percent, max_at_once }) =>
          (clusters ?? max_hosts ?? max_percent ?? max_at_once) !== undefined,
      ),
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

  /** The grants of the last layer that the other layers also allow: the caller can pass them on unchanged. */
  get passable(): readonly Grant[] {
    return (this.#layers.at(-1) ?? []).filter((grant) => this.contains([grant]));
  }

  /** Whether none of the grants is wider than this access. */
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
 * Whether other grants allow everything that this one does. Each permission must be within a single one of them, as one
 * operation is allowed by a single grant. A yes is therefore always right; a no may be wrong when only a combination
 * would allow it.
 */
function isWithin(wanted: Grant, others: readonly Grant[]): boolean {
  // Clusters are compared once per grant, whatever the number of permissions.
  const wide = others.filter((other) => sharesPermission(wanted, other) && coversClusters(other, wanted));
  return [...wanted.permissions].every((permission) =>
    wide.some((other) => other.permissions.has(permission) && isNoLarger(wanted, other, permission)),
  );
}

function sharesPermission(one: Grant, other: Grant): boolean {
  return [...one.permissions].some((permission) => other.permissions.has(permission));
}

/** A pattern is within another one that matches it as text, with its stars taken as letters. */
function coversClusters({ clusters }: Grant, wanted: Grant): boolean {
  if (clusters === undefined) return true;
  const covered = clustersOf(clusters);
  return wanted.clusters?.every((pattern) => covered.has(pattern)) === true;
}

/** Sizes limit only operations; they do not matter to other permissions. */
function isNoLarger(wanted: Grant, other: Grant, permission: Permission): boolean {
  if (permission !== 'operation:run') return true;
  const { max_hosts = Number.POSITIVE_INFINITY, max_at_once = Number.POSITIVE_INFINITY } = wanted;
  // No more hosts are in flight than the operation has.
  if (other.max_at_once !== undefined && Math.min(max_at_once, max_hosts) > other.max_at_once) return false;
  const isFewer = other.max_hosts === undefined || max_hosts <= other.max_hosts;
  if (!isFewer || other.max_percent === undefined) return isFewer;
  // A share of the hosts that the grant holds for: with fewer clusters it is a share of fewer hosts.
  return wanted.max_percent !== undefined && wanted.max_percent <= other.max_percent;
}

function covers(grant: Grant, permission: Permission, { clusters }: Reach): boolean {
  return grant.permissions.has(permission) && clusters.every((cluster) => holdsIn(grant, cluster));
}

function excessOf(grant: Grant, { clusters: { length: hosts }, atOnce = hosts, hostsWithin }: Reach) {
  return exceededBy(grant, { hosts, atOnce, within: grant.max_percent === undefined ? hosts : hostsWithin(grant) });
}
