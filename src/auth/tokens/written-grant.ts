import type { Grant } from '../grant.ts';
import { isPermission } from '../permissions.ts';
import type { TokenGrant } from './token.ts';

/** A grant as JSON. */
export function writtenGrant({ role, permissions, clusters, maxHosts, maxPercent }: Grant): TokenGrant {
  return {
    role,
    permissions: [...permissions],
    ...(clusters === undefined ? {} : { clusters: [...clusters] }),
    ...(maxHosts === undefined ? {} : { max_hosts: maxHosts }),
    ...(maxPercent === undefined ? {} : { max_percent: maxPercent }),
  };
}

/** The grant that was written. What another version of the product called a permission allows nothing. */
export function readGrant({ role, permissions, clusters, max_hosts, max_percent }: TokenGrant): Grant {
  return {
    role,
    permissions: new Set(permissions.filter(isPermission)),
    ...(clusters === undefined ? {} : { clusters }),
    ...(max_hosts === undefined ? {} : { maxHosts: max_hosts }),
    ...(max_percent === undefined ? {} : { maxPercent: max_percent }),
  };
}
