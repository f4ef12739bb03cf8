import { AppError } from '../../lib/errors.ts';
import { suggestName } from '../../lib/nearest.ts';
import type { Access } from '../access.ts';
import { checkClusterPatterns, clustersOf } from '../cluster-patterns.ts';
import type { Grant } from '../grant.ts';
import { type Limits, limitsOf } from '../limits.ts';
import type { Role } from '../roles.ts';

/** How a token is limited compared with its minter; empty for no limit. */
export interface RequestedGrants extends Limits {
  /** Names. */
  readonly roles?: readonly string[];
}

/**
 * The grants of a token that a caller with this access asks for. For a role of the caller, the token gets the caller's
 * grants of it; for another role it gets the permissions, if the caller has them too.
 *
 * @throws AppError `invalid_member` for an unknown role or too many patterns, `wider_than_own`
 */
export function requestedGrants(
  access: Access,
  asked: RequestedGrants,
  roles: ReadonlyMap<string, Role>,
): readonly Grant[] {
  checkClusterPatterns(asked.clusters);
  const own = access.passable;
  if (own.length === 0 && asked.roles === undefined) {
    throw wider('the caller has no role that could be passed on', 'ask an administrator for a role');
  }
  const grants =
    asked.roles === undefined
      ? own.flatMap((base) => narrowed(base, asked))
      : [...new Set(asked.roles)].flatMap((name) => {
          const had = own.filter(({ role }) => role === name).flatMap((base) => narrowed(base, asked));
          return had.length > 0 ? had : narrowed(grantOfRole(name, roles), asked);
        });
  if (grants.length === 0) throw wider('there is nothing the caller may do that this token could do');
  const outside = asked.clusters?.find((pattern) => !grants.some(({ clusters }) => clusters?.includes(pattern)));
  if (outside !== undefined) throw wider(`the caller has no role in ${outside} that could be passed on`);
  for (const grant of grants) if (!access.contains([grant])) throw wider(describe(grant));
  return grants;
}

/** @throws AppError `wider_than_own` */
export function wider(what: string, hint = 'ask for fewer roles, fewer clusters or smaller limits'): AppError {
  return new AppError('wider_than_own', `no token can do more than whoever mints it: ${what}`, { hint });
}

function grantOfRole(name: string, roles: ReadonlyMap<string, Role>): Grant {
  const role = roles.get(name);
  if (role !== undefined) return { role: name, permissions: new Set(role.permissions) };
  throw new AppError('invalid_member', `roles: there is no role "${name.slice(0, 80)}"`, {
    hint: suggestName(name.slice(0, 80), [...roles.keys()]),
    details: { member: '/roles' },
  });
}

/** Empty when the grant holds for none of the requested clusters. */
function narrowed(base: Grant, { clusters, ...asked }: RequestedGrants): Grant[] {
  const covered = clusters?.filter((pattern) => base.clusters === undefined || clustersOf(base.clusters).has(pattern));
  if (covered?.length === 0) return [];
  return [{ ...base, ...limitsOf({ ...asked, clusters: covered }) }];
}

function describe({ role, clusters }: Grant): string {
  return `${role}${clusters === undefined ? '' : ` in ${clusters.join(', ')}`} as it was asked for is more`;
}
