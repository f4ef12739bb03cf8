import { Type as t } from '@sinclair/typebox';
import { RoleBindingView } from '../../auth/bindings.ts';
import { RoleView } from '../../auth/roles.ts';
import { WhoAmI } from '../../auth/who-am-i.ts';
import { listRules } from '../list-rules.ts';
import { ForceQuery } from '../query.ts';
import { RoleBindingBody } from '../role-bindings.ts';
import { RoleBody } from '../roles.ts';
import { json, nothing, type RouteDescriptions } from './route-description.ts';

const permissions = ['host:read', 'cluster:read', 'operation:read', 'operation:run'];
const role = { name: 'deployer', permissions, source: 'store' };
const members = { role: 'deployer', subjects: ['group:web-team'], clusters: ['web*'], max_percent: 25 };
const binding = { name: 'web-team', ...members, source: 'store' };

export const roleDescriptions: RouteDescriptions = {
  'GET /api/v0/whoami': {
    id: 'whoAmI',
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
  'GET /api/v0/roles': {
    id: 'listRoles',
    summary: 'All roles: built in, of the configuration, and of the store',
    list: listRules.roles,
    tags: 'shown',
    answers: { 200: json('The roles', t.Array(RoleView), [role]) },
  },
  'GET /api/v0/role/:name': {
    id: 'getRole',
    summary: 'One role',
    tags: 'shown',
    answers: { 200: json('The role', RoleView, role) },
    problems: ['role_not_found'],
  },
  'PUT /api/v0/role/:name': {
    id: 'putRole',
    summary: 'Creates or replaces a role, within what the caller may; it counts at once for all it is bound to',
    tags: 'heeded',
    query: ForceQuery,
    body: RoleBody,
    bodyExample: { permissions },
    answers: { 201: json('The role', RoleView, role) },
    problems: ['path_mismatch', 'role_fixed', 'wider_than_own', 'own_access_lost'],
  },
  'DELETE /api/v0/role/:name': {
    id: 'deleteRole',
    summary: 'Deletes a role that no binding names',
    tags: 'heeded',
    query: ForceQuery,
    answers: { 200: nothing },
    problems: ['role_not_found', 'role_fixed', 'in_use', 'wider_than_own', 'own_access_lost'],
  },
  'GET /api/v0/rolebindings': {
    id: 'listRoleBindings',
    summary: 'All bindings of roles: of the configuration, and of the store',
    list: listRules.roleBindings,
    tags: 'shown',
    answers: { 200: json('The bindings', t.Array(RoleBindingView), [binding]) },
  },
  'GET /api/v0/rolebinding/:name': {
    id: 'getRoleBinding',
    summary: 'One binding of a role',
    tags: 'shown',
    answers: { 200: json('The binding', RoleBindingView, binding) },
    problems: ['role_binding_not_found'],
  },
  'PUT /api/v0/rolebinding/:name': {
    id: 'putRoleBinding',
    summary: 'Gives a role to callers, within what the caller may; it counts for their next request',
    tags: 'heeded',
    query: ForceQuery,
    body: RoleBindingBody,
    bodyExample: members,
    answers: { 201: json('The binding', RoleBindingView, binding) },
    problems: ['path_mismatch', 'role_fixed', 'role_unknown', 'wider_than_own', 'own_access_lost'],
  },
  'DELETE /api/v0/rolebinding/:name': {
    id: 'deleteRoleBinding',
    summary: 'Takes a role away; whoever has no other binding then has the default role',
    tags: 'heeded',
    query: ForceQuery,
    answers: { 200: nothing },
    problems: ['role_binding_not_found', 'role_fixed', 'wider_than_own', 'own_access_lost'],
  },
};
