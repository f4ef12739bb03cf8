import type { RoleBinding, RoleBindingView } from '../auth/bindings.ts';
import type { RoleView } from '../auth/roles.ts';
import type { WhoAmI } from '../auth/who-am-i.ts';
import { type ChangeOptions, changing } from './change.ts';
import { nounCalls } from './noun.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

export interface RoleChangeOptions extends ChangeOptions {
  /** Make the change even if the caller could change no role and no binding afterwards. */
  force?: boolean;
}

export interface NewRole {
  /** As `resource:verb`, see docs/roles.md. */
  permissions: readonly string[];
}

export type NewRoleBinding = RoleBinding;

/** The routes of roles, and of the caller's identity. */
export function roles(transport: Transport) {
  return {
    /** The caller as the server sees it, and its permissions. */
    whoami: (signal?: AbortSignal) => transport.object<WhoAmI>({ method: 'GET', path: path`/whoami`, signal }),

    ...nounCalls<RoleView, RoleView>(transport, { many: 'roles', one: 'role' }),

    /** Creates or replaces it. */
    put: (name: string, body: NewRole, options: RoleChangeOptions = {}, signal?: AbortSignal) =>
      transport.object<RoleView>({ method: 'PUT', path: path`/role/${name}`, body, ...changingRoles(options, signal) }),

    delete: (name: string, options: RoleChangeOptions = {}, signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/role/${name}`, ...changingRoles(options, signal) }),
  };
}

/** The routes of role bindings. */
export function roleBindings(transport: Transport) {
  return {
    ...nounCalls<RoleBindingView, RoleBindingView>(transport, { many: 'rolebindings', one: 'rolebinding' }),

    /** Creates or replaces it. */
    put: (name: string, body: NewRoleBinding, options: RoleChangeOptions = {}, signal?: AbortSignal) =>
      transport.object<RoleBindingView>({
        method: 'PUT',
        path: path`/rolebinding/${name}`,
        body,
        ...changingRoles(options, signal),
      }),

    delete: (name: string, options: RoleChangeOptions = {}, signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/rolebinding/${name}`, ...changingRoles(options, signal) }),
  };
}

/** The separate signal takes precedence over that of the options. */
function changingRoles({ force = false, ...options }: RoleChangeOptions, signal = options.signal) {
  return { query: force ? { force: 'true' } : {}, ...changing({ ...options, signal }) };
}
