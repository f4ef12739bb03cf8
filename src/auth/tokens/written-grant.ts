import type { Grant } from '../grant.ts';
import { limitsOf } from '../limits.ts';
import { isPermission } from '../permissions.ts';
import type { TokenGrant } from './token.ts';

/** A grant as JSON. */
export function writtenGrant({ role, permissions, ...limits }: Grant): TokenGrant {
  const { clusters, ...sizes } = limitsOf(limits);
  return { role, permissions: [...permissions], ...(clusters && { clusters: [...clusters] }), ...sizes };
}

/** The grant that was written. What another version of the product called a permission allows nothing. */
export function readGrant({ role, permissions, ...limits }: TokenGrant): Grant {
  return { role, permissions: new Set(permissions.filter(isPermission)), ...limitsOf(limits) };
}
