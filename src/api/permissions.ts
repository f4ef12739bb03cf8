import type { Permission } from '../auth/permissions.ts';

/**
 * What a request is about. This decides for callers who have a permission for some clusters only.
 *
 * - `site`: more than one cluster; the permission must hold without a limit to clusters
 * - `host`, `cluster`, `operation`: the one in the path; the permission must hold for its cluster, or all of its clusters
 * - `list`: the route leaves out what the permission does not cover
 * - `body`: what the body names; the route checks that
 * - `anything`: nothing that belongs to a cluster
 */
export type About = 'site' | 'host' | 'cluster' | 'operation' | 'list' | 'body' | 'anything';

export interface PublicRule {
  readonly method: 'GET' | 'PUT' | 'DELETE' | 'POST' | 'PATCH';
  readonly path: string;
  /** No credentials are needed. */
  permission: 'public';
}

export interface OpenRule extends Omit<PublicRule, 'permission'> {
  /** Any credentials are enough; the route itself checks what belongs to whom. */
  permission: 'authenticated';
}

export interface GuardedRule extends Omit<PublicRule, 'permission'> {
  permission: Permission;
  about: About;
  /** Whether a registration token may be used, which is good for nothing else. */
  forRegistration?: true;
}

export type RouteRule = PublicRule | OpenRule | GuardedRule;
