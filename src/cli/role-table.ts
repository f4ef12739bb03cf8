import type { RoleBindingView } from '../auth/bindings.ts';
import type { RoleView } from '../auth/roles.ts';
import type { TokenGrant } from '../auth/tokens/token.ts';
import type { WhoAmI } from '../auth/who-am-i.ts';
import { whole } from './cell.ts';
import { recordTable, type Table, table } from './table.ts';

/** One line per role. */
export function roleTable(roles: readonly RoleView[]): Table {
  const rows = roles.map(({ name, source, permissions }) => [whole(name), source, String(permissions.length)]);
  return table([['NAME', 'SOURCE', 'PERMISSIONS'], ...rows]);
}

/** One line per binding. */
export function roleBindingTable(bindings: readonly RoleBindingView[]): Table {
  const rows = bindings.map(({ name, role, subjects, source, ...limits }) => {
    return [whole(name), whole(role), subjects.join(','), clustersOf(limits), mostOf(limits), source];
  });
  return table([['NAME', 'ROLE', 'SUBJECTS', 'CLUSTERS', 'AT ONCE', 'SOURCE'], ...rows]);
}

/** The caller, with a line per role, and the same for its token. */
export function whoAmITable({ roles, token, ...caller }: WhoAmI): Table {
  const ofToken = token === undefined ? [] : ['', `token ${token.id}`, ...heldTable(token.roles)];
  return [...recordTable(caller), '', ...heldTable(roles), ...ofToken];
}

function heldTable(roles: readonly TokenGrant[]): Table {
  if (roles.length === 0) return ['no roles'];
  const rows = roles.map(({ role, permissions, ...limits }) => {
    return [whole(role), clustersOf(limits), mostOf(limits), String(permissions.length)];
  });
  return table([['ROLE', 'CLUSTERS', 'AT ONCE', 'PERMISSIONS'], ...rows]);
}

type Limits = Pick<TokenGrant, 'clusters' | 'max_hosts' | 'max_percent'>;

function clustersOf({ clusters }: Limits): string {
  return clusters?.join(',') ?? 'all';
}

function mostOf({ max_hosts, max_percent }: Limits): string {
  const hosts = max_hosts === undefined ? [] : [`${max_hosts} ${max_hosts === 1 ? 'host' : 'hosts'}`];
  const share = max_percent === undefined ? [] : [`${max_percent}%`];
  return [...hosts, ...share].join(', ') || 'all';
}
