import { isIP } from 'node:net';
import { holdsIn } from '../auth/access.ts';
import { isAnonymous } from '../auth/chain.ts';
import type { Exceeded } from '../auth/exceeded.ts';
import type { Grant } from '../auth/grant.ts';
import type { Permission } from '../auth/permissions.ts';
import { canonicalAddress } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import type { Admission } from '../operations/start.ts';
import type { Caller } from './caller.ts';
import { contentState } from './etag.ts';
import type { GuardedRule, OpenRule } from './permissions.ts';

/** The clusters of hosts and operations; undefined stands for no cluster. */
export interface Whereabouts {
  clusterOf(address: string): Promise<string | undefined>;
  /** By its id or number. @throws AppError `operation_not_found` */
  clustersOfOperation(reference: string): Promise<readonly (string | undefined)[]>;
  /** The cluster of every host. */
  everywhere(): Promise<ReadonlyMap<string, string | undefined>>;
}

/**
 * Checks whether the caller may make the request, as far as its path says. A caller that could not see the thing in the
 * path does not learn whether it exists.
 *
 * @throws AppError `forbidden`, `credentials_required` for a caller without any
 */
export async function authorise(
  caller: Pick<Caller, 'identity' | 'access'>,
  rule: GuardedRule | OpenRule,
  pathname: string,
  whereabouts: Whereabouts,
): Promise<void> {
  checkToken(caller, rule);
  if (rule.permission === 'authenticated') return checkKnown(caller);
  const { permission, about, method, path } = rule;
  const wanted = `${permission}, which ${method} ${path} asks for`;
  if (!caller.access.allows(permission)) throw forbidden(caller, permission, `lacks the permission ${wanted}`);
  if (about === 'list' || about === 'body' || about === 'anything' || caller.access.allowsEverywhere(permission))
    return;
  const clusters = about === 'site' ? [] : await clustersAt(about, parameterOf(rule.path, pathname), whereabouts);
  const isAllowed = clusters.length > 0 && clusters.every((cluster) => caller.access.allowsIn(permission, cluster));
  if (isAllowed) return;
  const what = about === 'site' ? 'it is about more than single clusters' : `this ${about} is not in one of them`;
  throw forbidden(caller, permission, `has the permission ${wanted}, for some clusters only, and ${what}`);
}

/** A registration token is in the user-data of a machine, which others can read too. */
function checkToken({ identity: { token, name } }: Pick<Caller, 'identity'>, rule: GuardedRule | OpenRule): void {
  if (token?.kind !== 'registration' || ('forRegistration' in rule && rule.forRegistration)) return;
  throw new AppError('forbidden', `a registration token of ${name} may register a host, and nothing else`, {
    hint: 'use other credentials for this',
  });
}

function checkKnown({ identity }: Pick<Caller, 'identity'>): void {
  if (!isAnonymous(identity)) return;
  throw new AppError('credentials_required', 'the request carries no credentials', {
    hint: 'send credentials with the request, although others need none at this path',
  });
}

/**
 * @throws AppError `forbidden` unless the caller has the permission for the cluster, or for a host in it; undefined
 *   stands for no cluster
 */
export function checkCluster(
  caller: Pick<Caller, 'identity' | 'access'>,
  permission: Permission,
  cluster?: string,
): void {
  if (caller.access.allowsIn(permission, cluster)) return;
  const where = cluster === undefined ? 'outside of clusters' : `in the cluster ${cluster}`;
  throw forbidden(caller, permission, `lacks the permission ${permission} ${where}`);
}

/**
 * The same for hosts, each by its cluster. It does not reveal whether a host exists, or its cluster.
 *
 * @throws AppError `forbidden`
 */
export async function checkHosts(
  caller: Pick<Caller, 'identity' | 'access'>,
  permission: Permission,
  addresses: readonly string[],
  { clusterOf }: Pick<Whereabouts, 'clusterOf'>,
): Promise<void> {
  if (caller.access.allowsEverywhere(permission)) return;
  for (const address of addresses) {
    if (caller.access.allowsIn(permission, await clusterOf(address))) continue;
    throw forbidden(caller, permission, `lacks the permission ${permission} for ${address}, where that is now`);
  }
}

/** @throws AppError `forbidden` when a machine registers itself under another address */
export function checkOwnAddress({ identity, peer }: Caller, address: string): void {
  if (identity.token?.kind !== 'registration') return;
  // Of a peer that is no address nothing is known that it could be.
  if (isIP(peer) !== 0 && address === canonicalAddress(peer)) return;
  throw new AppError('forbidden', `with a registration token ${peer} may register itself, and not ${address}`, {
    hint: 'leave out the address; behind a proxy the server has to trust it, see trusted-proxies',
  });
}

/** @throws AppError `forbidden` unless the caller has the permission everywhere */
export function checkEverywhere(caller: Pick<Caller, 'identity' | 'access'>, permission: Permission): void {
  if (caller.access.allowsEverywhere(permission)) return;
  throw forbidden(caller, permission, `lacks the permission ${permission} for the whole site`);
}

/** Checks the hosts of an operation that the caller is about to start. */
export async function admissionOf(
  caller: Pick<Caller, 'identity' | 'access'>,
  { everywhere }: Pick<Whereabouts, 'everywhere'>,
): Promise<Admission> {
  const hosts = caller.access.isLimited ? await everywhere() : new Map<string, string | undefined>();
  const hostsWithin = (grant: Grant) => [...hosts.values()].filter((cluster) => holdsIn(grant, cluster)).length;
  return (clusters, atOnce) => {
    const reach = { clusters, atOnce, hostsWithin };
    if (caller.access.allowsReach('operation:run', reach)) return;
    if (!clusters.every((cluster) => caller.access.allowsIn('operation:run', cluster))) throw outOfReach(caller);
    const what = `may not start an operation about these ${counted(clusters.length)}`;
    const exceeded = caller.access.limitExceeded('operation:run', reach);
    if (exceeded === undefined) {
      throw forbidden(caller, 'operation:run', what, {
        hint: 'take only hosts that one of your roles holds for: `commctl whoami` shows them',
      });
    }
    const { role: _, ...limit } = exceeded;
    throw forbidden(caller, 'operation:run', `${what}: ${describeExceeded(exceeded)}`, {
      hint: waysWithin(exceeded),
      details: limit,
    });
  };
}

function describeExceeded({ role, limit, value, allowed, requested }: Exceeded): string {
  if (limit === 'max_hosts') return `max_hosts of the role ${role} is ${value}`;
  if (limit === 'max_percent') return `max_percent of the role ${role} is ${value}, which is ${counted(allowed)}`;
  return `max_at_once of the role ${role} is ${value}, and ${requested} of them would be in flight at the same time`;
}

function waysWithin({ limit, allowed }: Exceeded): string {
  if (limit === 'max_at_once') return `take no more at the same time: --batch ${allowed}, or --concurrency ${allowed}`;
  return `take at most ${counted(allowed)} in one operation`;
}

function counted(hosts: number): string {
  return hosts === 1 ? '1 host' : `${hosts} hosts`;
}

/**
 * Starts work on hosts that the caller described by an expression. For a caller without the permission everywhere,
 * missing hosts give the same error as forbidden ones: expressions could otherwise reveal which hosts exist.
 *
 * @throws AppError `forbidden`, and what `begin` throws
 */
export async function withinReach<T>(caller: Pick<Caller, 'identity' | 'access'>, begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    const isAbsence = error instanceof AppError && absences.includes(error.code);
    if (isAbsence && !caller.access.allowsEverywhere('operation:run')) throw outOfReach(caller);
    throw error;
  }
}

const absences: readonly string[] = ['host_not_found', 'cluster_not_found', 'target_empty'];

function outOfReach(caller: Pick<Caller, 'identity'>): AppError {
  const what = 'may not start an operation about this target: it describes no hosts, or some that are out of reach';
  return forbidden(caller, 'operation:run', what, {
    hint: 'take only hosts of the clusters that your roles hold for; `commctl host list` shows them',
  });
}

/** The view of a caller who may not see everything. */
export interface View {
  /** Whether the view includes things of a cluster; undefined stands for no cluster. */
  sees(cluster: string | undefined): boolean;
  /** Equal for callers who see the same. */
  readonly state: string;
}

/** Undefined when the caller may see everything. */
export function viewOf({ access }: Pick<Caller, 'access'>, permission: Permission): View | undefined {
  if (access.allowsEverywhere(permission)) return undefined;
  const known = new Map<string | undefined, boolean>();
  return {
    state: contentState(access.limitsOf(permission)),
    sees(cluster) {
      const isVisible = known.get(cluster) ?? access.allowsIn(permission, cluster);
      known.set(cluster, isVisible);
      return isVisible;
    },
  };
}

/** The error to throw; `what` says what the caller lacks, or may not do. */
export function forbidden(
  { identity }: Pick<Caller, 'identity'>,
  permission: Permission,
  what: string,
  { hint = 'ask an administrator for a role that has it', details = {} }: { hint?: string; details?: object } = {},
): AppError {
  if (identity.token?.kind === 'automation') {
    return new AppError('forbidden', `a token of ${identity.name} ${what}`, {
      hint: 'its owner may be allowed to: use a token that may do this, or other credentials',
      details: { permission, ...details },
    });
  }
  return new AppError('forbidden', `${identity.name} ${what}`, { hint, details: { permission, ...details } });
}

async function clustersAt(
  about: 'host' | 'cluster' | 'operation',
  name: string,
  whereabouts: Whereabouts,
): Promise<readonly (string | undefined)[]> {
  if (about === 'cluster') return [name];
  if (about === 'host') return [await whereabouts.clusterOf(canonicalAddress(name))];
  return whereabouts.clustersOfOperation(name).catch(() => [undefined]);
}

/** The segment of the path that matches the first parameter of the pattern, decoded. */
function parameterOf(pattern: string, pathname: string): string {
  const index = pattern.split('/').findIndex((part) => part.startsWith(':'));
  return decodeURIComponent(pathname.split('/')[index] ?? '');
}
