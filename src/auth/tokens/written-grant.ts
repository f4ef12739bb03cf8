import type { Grant } from '../grant.ts';
import { limitsOf } from '../limits.ts';
import { isPermission } from '../permissions.ts';
import type { TokenGrant } from './token.ts';

/** A grant as JSON. */
export function writtenGrant({ role, permissions, ...limits }: Grant): TokenGrant {
  const { clusters, ...sizes } = limitsOf(limits);
  return { role, permissions: [...permissions], ...(clusters && { clusters: [...clusters] }), ...sizes };
}

/** Reads a written grant. Permissions that only another version of the product knows allow nothing. */
export function readGrant({ role, permissions, ...limits }: TokenGrant): Grant {
  return { role, permissions: new Set(permissions.filter(isPermission)), ...limitsOf(limits) };
}
