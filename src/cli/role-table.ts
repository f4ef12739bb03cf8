import type { RoleBindingView } from '../auth/bindings.ts';
import type { RoleView } from '../auth/roles.ts';
import type { TokenGrant } from '../auth/tokens/token.ts';
import type { WhoAmI } from '../auth/who-am-i.ts';
import { whole } from './cell.ts';
import { columns, recordTable, type Table } from './table.ts';

/** One line per role. */
export const roleTable = columns<RoleView>({
  NAME: ({ name }) => whole(name),
  SOURCE: ({ source }) => source,
  PERMISSIONS: ({ permissions }) => String(permissions.length),
});

/** One line per binding. */
export const roleBindingTable = columns<RoleBindingView>(
  {
    NAME: ({ name }) => whole(name),
    ROLE: ({ role }) => whole(role),
    SUBJECTS: ({ subjects }) => subjects.join(','),
    CLUSTERS: clustersOf,
    'PER OPERATION': mostOf,
    'AT ONCE': ({ max_at_once }) => (max_at_once === undefined ? 'all' : countOf(max_at_once)),
    SOURCE: ({ source }) => source,
  },
  { 'PER OPERATION': 1, 'AT ONCE': 2, SOURCE: 3 },
);

/** The caller, with a line per role, and the same for its token. */
export function whoAmITable({ roles, token, ...caller }: WhoAmI): Table {
  const ofToken = token === undefined ? [] : ['', `token ${token.id}`, ...heldTable(token.roles)];
  return [...recordTable(caller), '', ...heldTable(roles), ...ofToken];
}

const heldRoles = columns<TokenGrant>({
  ROLE: ({ role }) => whole(role),
  CLUSTERS: clustersOf,
  'PER OPERATION': mostOf,
  'AT ONCE': ({ max_at_once }) => (max_at_once === undefined ? 'all' : countOf(max_at_once)),
  PERMISSIONS: ({ permissions }) => String(permissions.length),
});

function heldTable(roles: readonly TokenGrant[]): Table {
  return roles.length === 0 ? ['no roles'] : heldRoles(roles);
}

type Limits = Pick<TokenGrant, 'clusters' | 'max_hosts' | 'max_percent'>;

function clustersOf({ clusters }: Limits): string {
  return clusters?.join(',') ?? 'all';
}

function mostOf({ max_hosts, max_percent }: Limits): string {
  const hosts = max_hosts === undefined ? [] : [countOf(max_hosts)];
  const share = max_percent === undefined ? [] : [`${max_percent}%`];
  return [...hosts, ...share].join(', ') || 'all';
}

function countOf(hosts: number): string {
  return hosts === 1 ? '1 host' : `${hosts} hosts`;
}
