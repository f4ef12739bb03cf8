import { type Static, Type as t } from '@sinclair/typebox';
import { RoleBinding, RoleBindingView } from '../auth/bindings.ts';
import { permissions as everyPermission } from '../auth/permissions.ts';
import { Role, RoleView } from '../auth/roles.ts';
import { WhoAmI, whoIs } from '../auth/who-am-i.ts';
import { checkedName } from '../lib/addresses.ts';
import { textsOf } from '../lib/literals.ts';
import { contentTag, preconditionOf, recordTag, tagged, taggedLazily } from './etag.ts';
import { counted } from './list-answer.ts';
import { type ListRules, readSelection } from './list-query.ts';
import { ForceQuery } from './query.ts';
import { json, nothing, routeGroup } from './route-group.ts';
import { checkSamePath } from './same-path.ts';

export const RoleBody = t.Object({ name: t.Optional(t.String()), permissions: Role.properties.permissions });
export const RoleBindingBody = t.Object({ name: t.Optional(t.String()), ...RoleBinding.properties });

const permissions = ['host:read', 'cluster:read', 'operation:read', 'operation:run'];
const role = { name: 'deployer', permissions, source: 'store' };
const members = { role: 'deployer', subjects: ['group:web-team'], clusters: ['web*'], max_percent: 25 };
const binding = { name: 'web-team', ...members, source: 'store' };

/** The members that the list can be filtered and sorted by. */
const roleBindingsList = {
  fields: {
    name: 'text',
    role: 'text',
    subjects: 'text',
    clusters: 'text',
    max_hosts: 'number',
    max_percent: 'number',
    max_at_once: 'number',
    source: 'text',
  },
  values: { source: textsOf(RoleBindingView.properties.source) },
} satisfies ListRules;

/** The members that the list can be filtered and sorted by. */
const rolesList = {
  fields: { name: 'text', permissions: 'text', source: 'text' },
  values: { permissions: everyPermission, source: textsOf(RoleView.properties.source) },
} satisfies ListRules;

/** Roles, role bindings with their limits, and the caller's own identity. */
export const roleRoutes = routeGroup({
  title: 'Roles',
  description: 'Who may do what, and who the caller is',
  schemas: { Role: RoleView, RoleBinding: RoleBindingView, WhoAmI },
  routes: {
    whoAmI: {
      method: 'GET',
      path: '/api/v0/whoami',
      permission: 'authenticated',
      summary: 'Who the caller is, and which roles it has, with their limits',
      answers: {
        200: json('The caller', WhoAmI, {
          name: 'alice',
          method: 'httpbasicauth',
          subjects: ['user:alice'],
          roles: [{ role: 'deployer', permissions, clusters: ['web*'], max_percent: 25 }],
        }),
      },
    },
    listRoles: {
      method: 'GET',
      path: '/api/v0/roles',
      permission: 'role:read',
      about: 'site',
      summary: 'All roles: built in, of the configuration, and of the store',
      list: rolesList,
      conditional: 'read',
      answers: { 200: json('The roles', t.Array(RoleView), [role]) },
    },
    getRole: {
      method: 'GET',
      path: '/api/v0/role/:name',
      permission: 'role:read',
      about: 'site',
      summary: 'One role',
      conditional: 'read',
      answers: { 200: json('The role', RoleView, role) },
      problems: ['role_not_found'],
    },
    putRole: {
      method: 'PUT',
      path: '/api/v0/role/:name',
      permission: 'role:write',
      about: 'site',
      summary: 'Creates or replaces a role, within what the caller may; it counts at once for all it is bound to',
      conditional: 'change',
      query: ForceQuery,
      body: RoleBody,
      bodyExample: { permissions },
      answers: { 201: json('The role', RoleView, role) },
      problems: ['path_mismatch', 'role_fixed', 'wider_than_own', 'own_access_lost'],
    },
    deleteRole: {
      method: 'DELETE',
      path: '/api/v0/role/:name',
      permission: 'role:write',
      about: 'site',
      summary: 'Deletes a role that no binding names',
      conditional: 'change',
      query: ForceQuery,
      answers: { 200: nothing },
      problems: ['role_not_found', 'role_fixed', 'in_use', 'wider_than_own', 'own_access_lost'],
    },
    listRoleBindings: {
      method: 'GET',
      path: '/api/v0/rolebindings',
      permission: 'role:read',
      about: 'site',
      summary: 'All bindings of roles: of the configuration, and of the store',
      list: roleBindingsList,
      conditional: 'read',
      answers: { 200: json('The bindings', t.Array(RoleBindingView), [binding]) },
    },
    getRoleBinding: {
      method: 'GET',
      path: '/api/v0/rolebinding/:name',
      permission: 'role:read',
      about: 'site',
      summary: 'One binding of a role',
      conditional: 'read',
      answers: { 200: json('The binding', RoleBindingView, binding) },
      problems: ['role_binding_not_found'],
    },
    putRoleBinding: {
      method: 'PUT',
      path: '/api/v0/rolebinding/:name',
      permission: 'role:write',
      about: 'site',
      summary: 'Gives a role to callers, within what the caller may; it counts for their next request',
      conditional: 'change',
      query: ForceQuery,
      body: RoleBindingBody,
      bodyExample: members,
      answers: { 201: json('The binding', RoleBindingView, binding) },
      problems: ['path_mismatch', 'role_fixed', 'role_unknown', 'wider_than_own', 'own_access_lost'],
    },
    deleteRoleBinding: {
      method: 'DELETE',
      path: '/api/v0/rolebinding/:name',
      permission: 'role:write',
      about: 'site',
      summary: 'Takes a role away; whoever has no other binding then has the default role',
      conditional: 'change',
      query: ForceQuery,
      answers: { 200: nothing },
      problems: ['role_binding_not_found', 'role_fixed', 'wider_than_own', 'own_access_lost'],
    },
  },
  handlers: ({ roles, roleBindings, callerOf }) => {
    const author = (request: Request, { force }: Static<typeof ForceQuery>) => ({
      identity: callerOf(request).identity,
      isForced: force === 'true',
    });
    return {
      whoAmI: ({ request }) => {
        const { identity, access } = callerOf(request);
        return whoIs(identity, access.own);
      },
      listRoles: async ({ request, set }) => {
        const found = await roles.select(readSelection(request.url, rolesList));
        // Roles from the configuration have no revision.
        return taggedLazily({ request, set }, contentTag(found), async () => counted(set, found));
      },
      getRole: async ({ params, request, set }) => {
        const { value, revision } = await roles.entry(checkedName(params.name));
        return tagged({ request, set }, value.source === 'store' ? recordTag(revision) : contentTag(value), value);
      },
      putRole: ({ params, body: { name: said, permissions }, query, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, said);
        set.status = 201;
        return roles.put(name, { permissions }, author(request, query), preconditionOf(request));
      },
      deleteRole: async ({ params, query, request }) => {
        await roles.delete(checkedName(params.name), author(request, query), preconditionOf(request));
        return [];
      },
      listRoleBindings: async ({ request, set }) => {
        const found = await roleBindings.select(readSelection(request.url, roleBindingsList));
        // Role bindings from the configuration have no revision.
        return taggedLazily({ request, set }, contentTag(found), async () => counted(set, found));
      },
      getRoleBinding: async ({ params, request, set }) => {
        const { value, revision } = await roleBindings.entry(checkedName(params.name));
        return tagged({ request, set }, value.source === 'store' ? recordTag(revision) : contentTag(value), value);
      },
      putRoleBinding: ({ params, body: { name: said, ...binding }, query, request, set }) => {
        const name = checkedName(params.name);
        checkSamePath('name', name, said);
        set.status = 201;
        return roleBindings.put(name, binding, author(request, query), preconditionOf(request));
      },
      deleteRoleBinding: async ({ params, query, request }) => {
        await roleBindings.delete(checkedName(params.name), author(request, query), preconditionOf(request));
        return [];
      },
    };
  },
});
