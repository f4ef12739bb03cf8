import type { Identity } from './authenticator.ts';

/** What a route asks of its caller: a resource and a verb. `public` asks for nothing. */
export type Permission =
  | 'host:read'
  | 'host:write'
  | 'credentials:read'
  | 'credentials:write'
  | 'host_key:write'
  | 'cluster:read'
  | 'cluster:write'
  | 'network:read'
  | 'network:write'
  | 'container_manager:read'
  | 'container_manager:write'
  | 'operation:read'
  | 'operation:run'
  | 'budget:read'
  | 'budget:write'
  | 'event:read'
  | 'event:write'
  | 'record:import'
  | 'public';

/** Whether the caller may. The role `admin` may everything; whoever has no role may only what is public. */
export function allows({ roles }: Pick<Identity, 'roles'>, permission: Permission): boolean {
  return permission === 'public' || roles.includes('admin');
}
