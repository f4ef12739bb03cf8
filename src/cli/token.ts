import type { Token } from '../auth/tokens/token.ts';
import type { MintedToken, NewToken } from '../client/tokens.ts';
import { hostCount, hostShare } from '../lib/grant-limits.ts';
import { until, whole } from './cell.ts';
import { asksFor, confirm, yes } from './confirmation.ts';
import { command, group } from './context.ts';
import { deleteEach } from './delete-each.ts';
import { print } from './output.ts';
import { recordTable, type Table, table } from './table.ts';
import { UsageError } from './usage-error.ts';

const create = command({
  name: 'create',
  summary: 'Mint a token for a program, with at most your permissions; it is shown only once',
  arguments: {},
  options: {
    lifetime: {
      type: 'duration',
      minimum: 1,
      maximum: 366 * 24 * 3600,
      required: true,
      summary: 'how long it is valid',
    },
    note: { type: 'text', placeholder: 'TEXT', summary: 'what it is for' },
    role: {
      type: 'list',
      placeholder: 'NAME',
      completes: 'role',
      summary: 'role of the token; repeatable. Without it all your roles',
    },
    cluster: {
      type: 'list',
      placeholder: 'NAME',
      completes: 'cluster',
      summary: 'only for this cluster; * matches any characters; repeatable',
    },
    maxHosts: { type: 'integer', ...hostCount, placeholder: 'N', summary: 'how many hosts one operation may cover' },
    maxPercent: { type: 'integer', ...hostShare, placeholder: 'N', summary: 'the same as a percentage' },
    maxAtOnce: {
      type: 'integer',
      ...hostCount,
      placeholder: 'N',
      summary: 'how many hosts one operation may have in flight at the same time',
    },
    register: {
      type: 'text',
      placeholder: 'CLUSTER',
      completes: 'cluster',
      summary: 'token with which --max-hosts machines can register in this cluster, and nothing else',
    },
    login: { type: 'flag', summary: 'log in for this, so that the token can outlive the session' },
  },
  examples: [
    "commctl token create --lifetime 90d --role operator --cluster 'web*' --note nightly --login",
    'commctl token create --lifetime 1h --register web --max-hosts 20',
  ],
  async handler(context, { login, ...wanted }) {
    const body = newToken(wanted);
    const { tokens } = login ? (await context.logIn()).client : await context.connect();
    const minted = await tokens.mint(body);
    return print(context, { value: minted, table: () => [...tokenRecord(minted), '', minted.token] });
  },
});

const list = command({
  name: 'list',
  summary: 'List your tokens, or with the permission token:read those of everybody',
  arguments: {},
  options: { owner: { type: 'text', placeholder: 'NAME', summary: 'only tokens of this owner' } },
  examples: ['commctl token list', 'commctl token list --owner alice'],
  async handler(context, { owner }) {
    const { tokens } = await context.connect();
    const { records } = await tokens.page({ where: owner === undefined ? {} : { owner: `Eq(${owner})` } });
    return print(context, { value: records, table: () => tokenTable(records), none: 'No tokens.' });
  },
});

const get = command({
  name: 'get',
  summary: 'Show the permissions of a token, and when it ends',
  arguments: { id: { summary: 'id of the token', completes: 'token' } },
  options: {},
  examples: ['commctl token get 019a0000-0000-7000-8000-000000000009'],
  async handler(context, { id }) {
    const token = await (await context.connect()).tokens.get(id);
    return print(context, { value: token, table: () => tokenRecord(token) });
  },
});

const current = command({
  name: 'current',
  summary: 'Show the token that commctl uses',
  arguments: {},
  options: {},
  examples: ['commctl token current'],
  async handler(context) {
    const token = await (await context.connect()).tokens.current();
    return print(context, { value: token, table: () => tokenRecord(token) });
  },
});

const revoke = command({
  name: 'revoke',
  summary: 'Revoke tokens, and all tokens minted with them, at once',
  arguments: { id: { summary: 'id of the token', many: true, completes: 'token' } },
  options: { yes },
  examples: ['commctl token revoke 019a0000-0000-7000-8000-000000000009'],
  async handler(context, { id: names, yes }) {
    const { tokens } = await context.connect();
    return deleteEach(context, { verb: 'revoke', noun: 'token', names, yes }, (each) => tokens.revoke(each));
  },
});

const revokeAll = command({
  name: 'revoke-all',
  summary: 'Revoke all tokens of an owner, at once',
  arguments: { owner: { summary: 'name of the owner' } },
  options: { yes },
  examples: ['commctl token revoke-all alice'],
  async handler(context, { owner, yes }) {
    const { tokens } = await context.connect();
    if (await asksFor(context, yes)) await confirm(context, `revoke all tokens of ${owner}`);
    return print(context, { value: await tokens.revokeAll(owner) });
  },
});

export const token = group('token', 'Credentials with limited permissions that expire', [
  create,
  list,
  get,
  current,
  revoke,
  revokeAll,
]);

interface WantedToken {
  lifetime: number;
  note: string | undefined;
  role: readonly string[];
  cluster: readonly string[];
  maxHosts: number | undefined;
  maxPercent: number | undefined;
  maxAtOnce: number | undefined;
  register: string | undefined;
}

function newToken(wanted: WantedToken): NewToken {
  const { lifetime, note, role, cluster, maxHosts, maxPercent, maxAtOnce, register } = wanted;
  const common = { lifetime, note, max_hosts: maxHosts };
  if (register === undefined) {
    return {
      ...common,
      kind: 'automation',
      roles: role.length === 0 ? undefined : role,
      clusters: cluster.length === 0 ? undefined : cluster,
      max_percent: maxPercent,
      max_at_once: maxAtOnce,
    };
  }
  if (role.length > 0 || cluster.length > 0 || (maxPercent ?? maxAtOnce) !== undefined) {
    throw new UsageError(
      '--register has its own role and cluster: leave out --role, --cluster, --max-percent and --max-at-once',
    );
  }
  if (maxHosts === undefined) {
    throw new UsageError('--register needs --max-hosts', { hint: 'give the number of machines that may register' });
  }
  return { ...common, kind: 'registration', cluster: register };
}

/** One token in full, except the token itself. */
function tokenRecord(token: Token | MintedToken): Table {
  const { id, kind, owner, note, grants, lineage, created_at, expires_at, revoked_at, registration } = token;
  const roles = grants.map(({ role, clusters }) =>
    clusters === undefined ? role : `${role} in ${clusters.join(', ')}`,
  );
  return recordTable({
    id,
    kind,
    owner,
    note,
    roles,
    created_at,
    expires_at,
    revoked_at,
    minted_with: lineage,
    ...(registration && { registration }),
  });
}

function tokenTable(tokens: readonly Token[]): Table {
  const rows = tokens.map(({ id, kind, owner, grants, expires_at, revoked_at, note }) => {
    const roles = [...new Set(grants.map(({ role }) => role))].join(', ');
    return [whole(id), kind, whole(owner), roles, revoked_at === '' ? until(expires_at) : 'revoked', note];
  });
  return table([['ID', 'KIND', 'OWNER', 'ROLES', 'EXPIRES', 'NOTE'], ...rows], { KIND: 1, NOTE: 2, ROLES: 3 });
}
