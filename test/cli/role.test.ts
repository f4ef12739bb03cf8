import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { json, problem, TestServer } from './support/server.ts';

const role = { name: 'deployer', permissions: ['host:read', 'operation:run'], source: 'store' };
const viewer = { name: 'viewer', permissions: ['host:read'], source: 'built_in' };
const binding = {
  name: 'web-team',
  role: 'operator',
  subjects: ['group:web-team', 'user:bob'],
  clusters: ['web*', 'db'],
  max_hosts: 5,
  max_percent: 25,
  source: 'store',
};
const wide = { name: 'configuration-1', role: 'admin', subjects: ['user:alice'], source: 'configuration' };
const caller = {
  name: 'bob',
  method: 'httpbasicauth',
  subjects: ['user:bob', 'group:web-team'],
  roles: [
    { role: 'viewer', permissions: ['host:read'] },
    { role: 'deployer', permissions: ['host:read', 'operation:run'], clusters: ['web*'], max_hosts: 1 },
  ],
};
const lost = () => problem(409, { code: 'own_access_lost', detail: 'after this change bob could change no role' });
const answers = {
  'GET /api/v0/roles': json([role, viewer]),
  'GET /api/v0/role/deployer': json(role),
  'PUT /api/v0/role/deployer': json(role),
  'DELETE /api/v0/role/deployer': json([]),
  'GET /api/v0/rolebindings': json([wide, binding]),
  'GET /api/v0/rolebinding/web-team': json(binding),
  'PUT /api/v0/rolebinding/web-team': json(binding),
  'DELETE /api/v0/rolebinding/web-team': json([]),
  'DELETE /api/v0/rolebinding/own': lost,
  'GET /api/v0/whoami': json(caller),
};

test.each([
  {
    args: ['role', 'list', '-o', 'table'],
    stdout: `\
NAME      SOURCE    PERMISSIONS
deployer  store     2
viewer    built_in  1
`,
  },
  {
    args: ['role', 'get', 'deployer', '-o', 'table'],
    stdout: `\
name         deployer
permissions  host:read
             operation:run
source       store
`,
  },
  { args: ['role', 'delete', 'deployer'], stdout: 'Success\n' },
  {
    args: ['role-binding', 'list', '-o', 'table'],
    stdout: `\
NAME             ROLE      SUBJECTS                 CLUSTERS  PER OPERATION  AT ONCE  SOURCE
configuration-1  admin     user:alice               all       all            all      configuration
web-team         operator  group:web-team,user:bob  web*,db   5 hosts, 25%   all      store
`,
  },
  {
    args: ['role-binding', 'get', 'web-team', '-o', 'table'],
    stdout: `\
name         web-team
role         operator
subjects     group:web-team
             user:bob
clusters     web*
             db
max_hosts    5
max_percent  25
source       store
`,
  },
  { args: ['role-binding', 'delete', 'web-team'], stdout: 'Success\n' },
  {
    args: ['whoami', '-o', 'table'],
    stdout: `\
name      bob
method    httpbasicauth
endpoint  URL
context   default
subjects  user:bob
          group:web-team

ROLE      CLUSTERS  PER OPERATION  AT ONCE  PERMISSIONS
viewer    all       all            all      1
deployer  web*      1 host         all      2
`,
  },
])('$args', async ({ args, stdout }) => {
  using server = new TestServer(answers);
  const expected = stdout.replace('URL', server.url);
  expect(await commctl(args, { endpoint: server.url })).toEqual({ exitCode: 0, stdout: expected, stderr: '' });
});

test('whoami shows a caller without roles, and what a token allows', async () => {
  const token = { id: 't1', roles: [{ role: 'viewer', permissions: ['host:read'] }] };
  const current = { ...token, ends_at: '2026-01-02T03:04:05.000000' };
  using server = new TestServer({
    'GET /api/v0/whoami': json({ ...caller, roles: [], token }),
    'GET /api/v0/tokens/current': json(current),
  });
  const { stdout } = await commctl(['whoami', '-o', 'table'], { endpoint: server.url });
  expect(stdout.split('\n').slice(2)).toEqual([
    `endpoint  ${server.url}`,
    'context   default',
    'until     2026-01-02 03:04:05Z',
    'subjects  user:bob',
    '          group:web-team',
    '',
    'no roles',
    '',
    'token t1',
    'ROLE    CLUSTERS  PER OPERATION  AT ONCE  PERMISSIONS',
    'viewer  all       all            all      1',
    '',
  ]);
});

test.each([
  [['role', 'create', 'deployer', 'host:read', 'operation:run'], '', { permissions: ['host:read', 'operation:run'] }],
  [['role', 'create', '--force', 'deployer', 'host:read'], '?force=true', { permissions: ['host:read'] }],
  [
    ['role-binding', 'create', 'web-team', 'operator', 'user:a', 'group:b'],
    '',
    { role: 'operator', subjects: ['user:a', 'group:b'] },
  ],
  [
    [
      ...['role-binding', 'create', 'web-team', 'operator', 'user:a', '--cluster', 'web*', '--cluster', 'db'],
      ...['--max-hosts', '5', '--max-percent', '25', '--max-at-once', '2', '--force'],
    ],
    '?force=true',
    { role: 'operator', subjects: ['user:a'], clusters: ['web*', 'db'], max_hosts: 5, max_percent: 25, max_at_once: 2 },
  ],
])('%j sends what was said', async (args, query, body) => {
  using server = new TestServer(answers);
  expect(await commctl(args, { endpoint: server.url })).toMatchObject({ exitCode: 0, stderr: '' });
  const noun = args[0] === 'role' ? 'role/deployer' : 'rolebinding/web-team';
  expect(server.asked).toEqual([`PUT /api/v0/${noun}${query}`]);
  expect(server.received[0]?.body).toEqual(body);
});

test.each([
  ['role', 'create', 'deployer'],
  ['role-binding', 'create', 'web-team', 'operator'],
  ['role-binding', 'create', 'web-team', 'operator', 'alice'],
  ['role-binding', 'create', 'web-team', 'operator', `user:${'a'.repeat(508)}`],
  ['role-binding', 'create', 'web-team', 'operator', 'user:a', '--max-hosts=0'],
  ['role-binding', 'create', 'web-team', 'operator', 'user:a', '--max-hosts=1000001'],
  ['token', 'create', '--lifetime=60', '--max-hosts=1000001'],
  ['role-binding', 'create', 'web-team', 'operator', 'user:a', '--max-percent=101'],
])('%s %s %s %s %s %s is refused', async (...args) => {
  using server = new TestServer(answers);
  expect(await commctl(args.filter(Boolean), { endpoint: server.url })).toMatchObject({ exitCode: 2 });
  expect(server.received).toEqual([]);
});

test('a refusal is told, and what is forced is sent so', async () => {
  using server = new TestServer(answers);
  const refused = await commctl(['role-binding', 'delete', 'own'], { endpoint: server.url });
  expect([refused.exitCode === 0, refused.stderr]).toEqual([false, expect.stringContaining('could change no role')]);
  await commctl(['role-binding', 'delete', '--force', 'web-team'], { endpoint: server.url });
  await commctl(['role', 'delete', '--force', 'deployer'], { endpoint: server.url });
  expect(server.asked.slice(1)).toEqual([
    'DELETE /api/v0/rolebinding/web-team?force=true',
    'DELETE /api/v0/role/deployer?force=true',
  ]);
});
