import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maxBodyBytes } from '../../src/api/body.ts';
import type { RouteRule } from '../../src/api/permissions.ts';
import { routeRules } from '../../src/api/route-groups.ts';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { Strategy } from '../../src/operations/strategy.ts';
import { type RawOptions, startServer, type TestServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

const address = '127.66.0.1';
const name = 'c1';
const id = '00000000-0000-7000-8000-000000000000';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ onAnswer: expectDocumented });
  await makeCluster(server, name, address);
  await importHost(server, '127.66.0.2', { status: 'disassociated' });
  // For what changes them; of what is wrong nothing is kept.
  await server.request('PUT', `/api/v0/budget/${name}`, { target: 'all', max_down: 1 });
  await server.request('PUT', `/api/v0/containermanager/${name}`, {
    options: { server_url: 'https://192.0.2.1:6443' },
  });
});
afterAll(async () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  await server[Symbol.asyncDispose]();
});

/** Sends what is wrong and holds the server to it: the code, no fault of its own, not a byte stored. */
async function expectRefused(method: string, path: string, options: RawOptions, code: ProblemCode): Promise<void> {
  const before = server.dump();
  const answer = await server.raw(method, path, options);
  expectProblem(answer, code);
  expect(answer.status).toBeLessThan(500);
  expect(server.dump()).toBe(before);
}

const taking = routeRules.filter(({ method }) => method === 'PUT' || method === 'POST' || method === 'PATCH');

function pathOf({ path }: RouteRule, filling: Record<string, string> = {}): string {
  const values = { address, name, id, token: id, secret: 'box', ...filling };
  return path.replace(/:(\w+)/g, (_, key: keyof typeof values) => values[key]);
}

const brokenBodies: Array<[string, RawOptions, ProblemCode]> = [
  ['a number', { body: '5' }, 'invalid_body'],
  ['null', { body: 'null' }, 'invalid_body'],
  ['true', { body: 'true' }, 'invalid_body'],
  ['an array', { body: '[]' }, 'invalid_body'],
  ['an array of pairs', { body: '[["address","127.66.0.9"]]' }, 'invalid_body'],
  ['a string', { body: '"name"' }, 'invalid_body'],
  ['half an object', { body: '{"name":' }, 'invalid_body'],
  ['two objects', { body: '{}{}' }, 'invalid_body'],
  ['a form', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 'invalid_body'],
  ['no UTF-8', { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }, 'invalid_body'],
  ['brackets without end', { body: '['.repeat(maxBodyBytes) }, 'invalid_body'],
  ['objects 65 deep', { body: `${'{"a":'.repeat(65)}1${'}'.repeat(65)}` }, 'invalid_body'],
  ['objects 10,000 deep', { body: `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}` }, 'invalid_body'],
  ['arrays 100,000 deep', { body: `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}` }, 'invalid_body'],
  [
    '10,001 members',
    { body: `{${Array.from({ length: 10_001 }, (_, index) => `"m${index}":1`).join()}}` },
    'invalid_body',
  ],
  ['too many bytes', { body: ' '.repeat(maxBodyBytes + 1) }, 'body_too_large'],
  ['too many bytes, in chunks', { body: ' '.repeat(maxBodyBytes + 1), chunked: true }, 'body_too_large'],
];

describe.each(taking)('$method $path', (rule) => {
  test.each(brokenBodies)('refuses %s', async (_, options, code) => {
    await expectRefused(rule.method, pathOf(rule), options, code);
  });
});

const publicKey = makeSshKey().publicFile;
const locked = makeSshKey({ passphrase: 'correct horse' }).privateFile;
const lockedRsa = makeSshKey({ type: 'rsa', passphrase: 'correct horse' }).privateFile;
const garbage = Buffer.from('this is not a key').toString('base64');

type WrongBody = [body: object, code: ProblemCode, query?: string];
const wrong = (member: string, values: readonly unknown[], code: ProblemCode = 'invalid_member'): WrongBody[] =>
  values.map((value) => [{ [member]: value }, code]);
const imported = (bodies: readonly WrongBody[]): WrongBody[] =>
  bodies.map(([body, code]) => [body, code, '?import=true']);

const badAddresses = [
  '',
  ' ',
  'a b',
  '127.1',
  '127.66.0',
  '127.66.0.256',
  '0x7f000001',
  'a..b',
  '-a',
  'a/b',
  '../x',
].concat(['fe80::1%eth0', '[2001:db8::1]', ':::', 'é.example', 'a'.repeat(64), `${'a.'.repeat(150)}b`, '127.66.0.1\n']);
const badNames = ['a b', 'a.b', 'a/b', '../x', 'é', 'a\n', 'x'.repeat(256)];

const badHostNames = ['192.0.2.1', '2001:db8::1', 'all', 'a b', 'a..b', '-a', 'web.1', 'é', 'x'.repeat(254)];

const wrongLogin: WrongBody[] = [
  ...wrong('ssh_priv_key', [5, null, true, [], {}]),
  ...wrong('ssh_priv_key', ['no base64!', 'YWJj*', garbage, publicKey, `${garbage}=`], 'key_unreadable'),
  ...wrong('ssh_priv_key', [locked, lockedRsa], 'key_passphrase_protected'),
  ...wrong('remote_user', [5, null, '', 'a b', '-l', 'a;b', 'a\n', 'é', 'x'.repeat(256)]),
  ...wrong('port', [0, -1, 65_536, 1.5, '22', null, true, 1e99]),
  ...wrong('proxy_jump', [5, null, true, {}, [5], [null], [['127.66.0.9']]]),
  ...wrong('proxy_jump', ['a b', '127.1', 'a,,b', ['']], 'invalid_address'),
  ...wrong('proxy_jump', ['a,'.repeat(50_000), Array(17).fill('127.66.0.9')]),
];
const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));
const wrongLabels: WrongBody[] = [
  ...['', ' ', 'a b', 'a=b', 'a/b', 'é', 'a\n', '\0', 'x'.repeat(64)].flatMap((key) =>
    wrong(key, ['1'], 'invalid_member'),
  ),
  ...wrong('rack', [5, true, [], {}, 'a b', 'a,b', 'é', 'a\n', 'x'.repeat(256)]),
  [labels(65), 'invalid_member'],
];
const wrongHost: WrongBody[] = [
  ...wrongLogin,
  ...wrong('labels', [5, null, 'a=b', [], { rack: null }]),
  ...wrongLabels.map(([body, code]): WrongBody => [{ labels: body }, code]),
  ...wrong('cluster', [5, true, [], {}]),
  ...wrong('cluster', badNames, 'invalid_name'),
  ...wrong('cluster', ['absent'], 'cluster_unknown'),
  ...wrong('name', [5, null, []]),
  ...wrong('name', badHostNames, 'invalid_name'),
  ...wrong('host_key', [5, null, '', 'SHA256:short', 'MD5:00', `SHA256:${'!'.repeat(43)}`]),
  ...wrong('address', [5, null, []]),
  ...wrong('address', badAddresses, 'invalid_address'),
  ...imported([
    ...wrong('status', [5, null]),
    ...wrong('cpus', ['4', 1.5, -1, null]),
    ...wrong('labels', [{ 'a b': '1' }, { rack: null }, labels(65)]),
    ...wrong('memory', ['1', 2 ** 53]),
    ...wrong('os', ['x'.repeat(256)]),
    ...wrong('error', ['x'.repeat(2_001)]),
    ...wrong('facts', [{ kernel: 'x'.repeat(256) }]),
    ...wrong('facts', [5, null, { kernel: 5 }]),
    ...wrong('cluster', ['absent'], 'cluster_unknown'),
    ...wrong('ssh_priv_key', [garbage], 'key_unreadable'),
  ]),
  ...['maybe', 'TRUE', '1', ''].map((value): WrongBody => [{}, 'invalid_member', `?import=${value}`]),
];
const starred = (count: number) => Array.from({ length: count }, (_, index) => `a${index}*`);
const wrongShares = [0, -1, 1.5, '1', '101%', '-1%', '1.5%', '%', null, true, {}];
const wrongSeconds = [-1, '5', null, true, 604_801];
const window = { days: ['mon'], from: '22:00', to: '04:00', time_zone: 'Europe/Berlin' };
const wrongStrategyMembers: Record<string, readonly unknown[]> = {
  batch: [...wrongShares, [], [0], ['x'], [null], [[1]]],
  concurrency: [-1, 1.5, '1', null],
  max_failures: [...wrongShares, [1]],
  max_unreachable: [...wrongShares, [1]],
  on_failure: ['', 'Stop', 'abort', 5, null],
  order: ['', 'label:', 'label:a b', 'names', 5, null],
  seed: ['1', 1.5, null],
  pause_between: wrongSeconds,
  promote: ['', 'yes', true, null],
  gates: [
    5,
    null,
    {},
    'true',
    [5],
    [null],
    [{}],
    [{ command: '' }],
    [{ command: 5 }],
    [{ tcp: 0 }],
    [{ tcp: 65_536 }],
    [{ tcp: '22' }],
    [{ http: 'ftp://x/' }],
    [{ http: 'http://x/', from: 'moon' }],
    [{ node_ready: false }],
    [{ node_ready: 'true' }],
    Array.from({ length: 21 }, () => ({ tcp: 22 })),
  ],
  min_healthy_time: wrongSeconds,
  healthy_deadline: wrongSeconds,
  timeout: wrongSeconds,
  run_timeout: wrongSeconds,
  retries: [-1, 1.5, 101, '1', null],
  retry_backoff: wrongSeconds,
  window: [
    5,
    null,
    'mon',
    {},
    { ...window, days: [] },
    { ...window, days: ['monday'] },
    { ...window, from: '24:00' },
    { ...window, to: '4:00' },
    { ...window, to: '22:00' },
    { ...window, time_zone: '' },
    { ...window, time_zone: 'Mars/North' },
  ],
  reboot: ['', 'yes', true, null],
  reboot_timeout: [0, -1, 86_401, 1.5, '600', null],
  reason: [5, null, 'x'.repeat(1001)],
};

test('there are wrong values for each member of a strategy', () => {
  expect(Object.keys(wrongStrategyMembers)).toEqual(Object.keys(Strategy.properties));
});

const wrongStrategy: WrongBody[] = [
  ...wrong('strategy', [5, null, 'fast', []]),
  ...Object.entries(wrongStrategyMembers).flatMap(([member, values]) =>
    values.map((value): WrongBody => [{ strategy: { [member]: value } }, 'invalid_member']),
  ),
  [{ strategy: { gates: [{ tcp: 22 }], min_healthy_time: 9, healthy_deadline: 8 } }, 'invalid_member'],
  // The host is in no cluster that has a container manager.
  [{ strategy: { gates: [{ node_ready: true }] } }, 'invalid_member'],
];
const restart = { kind: 'restart', target: `host:${address}` };

const server_url = 'https://192.0.2.1:6443';
const options = (values: readonly object[]): WrongBody[] =>
  values.map((value) => [{ options: value }, 'invalid_member']);
const wrongManager: WrongBody[] = [
  ...wrong('name', [5, null]),
  ...wrong('name', ['m2', ''], 'path_mismatch'),
  ...wrong('type', [5, null, '', 'docker', 'OpenShift']),
  ...wrong('options', [5, null, 'server_url=x', []]),
  ...options(
    [5, '', 'manager', 'ftp://192.0.2.1', 'https://', 'https://u:p@192.0.2.1', `https://${'x'.repeat(2001)}`].map(
      (url) => ({ server_url: url }),
    ),
  ),
  ...options(
    [
      ...[5, '', 'a b', 'a\n', 'é'].map((token) => ({ token })),
      { token: '***' },
      { token: 'a', username: 'b', password: 'c' },
      { username: 'a' },
      { password: 'a' },
      { username: 'a:b', password: 'c' },
      { username: 'a', password: 'b\n' },
      { username: 'a', password: '***' },
      { certificate_path: '/a' },
      { certificate_key_path: '/a' },
      { certificate_path: 'a', certificate_key_path: 'b' },
      { certificate_path: '/a\0', certificate_key_path: '/b' },
      { server_url: 'http://127.0.0.1', certificate_path: '/a', certificate_key_path: '/b' },
      { certificate_authority: 'ca.crt' },
      { certificate_authority: 5 },
      ...[5, 'yes'].map((insecure) => ({ insecure })),
      { apiserver: server_url },
      { server_url: 'http://192.0.2.1', token: 'a' },
      { server_url: 'http://192.0.2.1', username: 'a', password: 'b' },
    ].map((members) => ({ server_url, ...members })),
  ),
];

const machines = { kind: 'registration', lifetime: 60, cluster: name, max_hosts: 1 };

/** What each route refuses of an object, by path, or by method and path where they differ; none may be without. */
const wrongMembers: Record<string, WrongBody[]> = {
  '/api/v0/host': wrongHost,
  '/api/v0/host/:address': [...wrongHost, ...wrong('address', ['127.66.0.2', 'other.example'], 'path_mismatch')],
  'PATCH /api/v0/host/:address': [
    ...wrong('name', [5, ['web1'], {}]),
    ...wrong('name', badHostNames, 'invalid_name'),
    ...wrong('address', ['127.66.0.2', 'other.example'], 'path_mismatch'),
    ...wrong('address', [null, 5]),
  ],
  '/api/v0/host/:address/check': [
    ...wrongHost.filter(([, , query]) => query === undefined),
    ...wrong('address', ['127.66.0.2', 'other.example'], 'path_mismatch'),
  ],
  '/api/v0/host/:address/creds': [...wrongLogin, ...wrong('ssh_priv_key', [''], 'key_unreadable')],
  '/api/v0/host/:address/labels': wrongLabels,
  '/api/v0/budget/:name': [
    ...[{}, { target: 'all' }, { max_down: 1 }].map((body): WrongBody => [body, 'invalid_member']),
    ...[0, -1, 1.5, '0', '101%', '1 %', '-1%', null, [1], 1e99].map(
      (max_down): WrongBody => [{ target: 'all', max_down }, 'invalid_member'],
    ),
    ...[5, null, '', ['all'], 'x'.repeat(100_001)].map(
      (target): WrongBody => [{ target, max_down: 1 }, 'invalid_member'],
    ),
    ...['role=web', 'label:', 'all &', 'a%b'].map((target): WrongBody => [{ target, max_down: 1 }, 'invalid_target']),
    [{ target: 'all', max_down: 1, name: 'another' }, 'path_mismatch'],
  ],
  'PATCH /api/v0/budget/:name': [
    ...wrong('max_down', [0, -1, 1.5, '0', '101%', '1 %', '-1%', null, [1], 1e99]),
    ...wrong('target', [5, null, '', ['all'], 'x'.repeat(100_001)]),
    ...wrong('target', ['role=web', 'label:', 'all &', 'a%b'], 'invalid_target'),
    ...wrong('name', [5, null]),
    ...wrong('name', ['another', ''], 'path_mismatch'),
  ],
  '/api/v0/role/:name': [
    ...[
      {},
      { permissions: null },
      { permissions: 'host:read' },
      { permissions: ['host:fly'] },
      { permissions: [5] },
    ].map((body): WrongBody => [body, 'invalid_member']),
    ...[5, null].map((said): WrongBody => [{ permissions: [], name: said }, 'invalid_member']),
    [{ permissions: [], name: 'another' }, 'path_mismatch'],
    [{ permissions: [] }, 'invalid_member', '?force=yes'],
  ],
  '/api/v0/rolebinding/:name': [
    ...[{}, { role: 'viewer' }, { subjects: ['user:a'] }].map((body): WrongBody => [body, 'invalid_member']),
    ...(
      [
        ['role', [5, null, []]],
        [
          'subjects',
          [5, null, [], 'user:a', [5], ['alice'], ['user:'], ['USER:a'], ['user:a\n'], [`user:${'x'.repeat(512)}`]],
        ],
        ['clusters', [5, null, [], 'web', [5], [''], ['a b'], ['../x'], ['x'.repeat(256)]]],
        ['max_hosts', [0, -1, 1.5, '1', null, 1e99]],
        ['max_percent', [0, -1, 101, 1.5, '10%', null]],
        ['max_at_once', [0, -1, 1.5, '1', null, 1e99]],
        ['name', [5, null]],
      ] as const
    ).flatMap(([member, values]) =>
      values.map((value): WrongBody => [{ role: 'viewer', subjects: ['user:a'], [member]: value }, 'invalid_member']),
    ),
    ...['absent', '', 'VIEWER', 'none', '__proto__'].map(
      (role): WrongBody => [{ role, subjects: ['user:a'] }, 'role_unknown'],
    ),
    [{ role: 'viewer', subjects: ['user:a'], name: 'another' }, 'path_mismatch'],
    [{ role: 'viewer', subjects: ['user:a'] }, 'invalid_member', '?force=1'],
  ],
  '/api/v0/host/:address/hostkey': [[{}, 'invalid_member'], ...wrong('fingerprint', [5, null, 'SHA256:x', ''])],
  '/api/v0/cluster/:name': [
    ...wrong('network', [5, null, [], '', 'a b', '../x', 'x'.repeat(256)]),
    ...wrong('container_manager', [5, null, 'a b', 'x'.repeat(256)]),
    ...wrong('name', [5, null]),
    ...wrong('name', ['c2', ''], 'path_mismatch'),
    ...imported([
      ...wrong('hostset', ['x', 5, null, {}, [5], [null]]),
      ...wrong('hostset', [['a b']], 'invalid_address'),
      ...wrong('hostset', [['127.66.9.9']], 'host_not_found'),
    ]),
    [{}, 'invalid_member', '?import=yes'],
  ],
  'PATCH /api/v0/cluster/:name': [
    ...wrong('network', [5, null, [], '', 'a b', '../x', 'x'.repeat(256)]),
    ...wrong('container_manager', [5, null, 'a b', 'x'.repeat(256)]),
    ...wrong('hostset', [null, [], 'x', ['127.66.0.2']]),
    ...wrong('name', [5, null]),
    ...wrong('name', ['c2', ''], 'path_mismatch'),
  ],
  '/api/v0/cluster/:name/hosts': [
    ...[{}, { old: [] }, { new: [] }].map((body): WrongBody => [body, 'invalid_member']),
    ...['x', 5, null, {}, [5], [null], [[]]].flatMap((list): WrongBody[] => [
      [{ old: list, new: [] }, 'invalid_member'],
      [{ old: [], new: list }, 'invalid_member'],
    ]),
    ...badAddresses.map((bad): WrongBody => [{ old: [address], new: [bad] }, 'invalid_address']),
  ],
  '/api/v0/cluster/:name/hosts/:address': [],
  '/api/v0/cluster/:name/restart': wrongStrategy,
  '/api/v0/cluster/:name/upgrade': wrongStrategy,
  '/api/v0/cluster/:name/deploy': [
    [{}, 'invalid_member'],
    ...wrong('version', [5, null, [], '', ' ', 'a b', '-x', 'x'.repeat(257)]),
    ...wrongStrategy.map(([body, code]): WrongBody => [{ version: '1', ...body }, code]),
  ],
  '/api/v0/network/:name': [
    ...wrong('name', [5, null]),
    ...wrong('name', ['n2', ''], 'path_mismatch'),
    ...wrong('type', [5, null, '', 'vxlan', 'flanneld_service']),
    ...wrong('options', [5, null, 'address=x', []]),
  ],
  '/api/v0/containermanager/:name': wrongManager,
  '/api/v0/operations': [
    [{}, 'invalid_member'],
    [{ kind: 'restart' }, 'invalid_member'],
    [{ target: restart.target }, 'invalid_member'],
    ...[5, null, '', [], 'defragment', 'bootstrap'].map((kind): WrongBody => [{ ...restart, kind }, 'invalid_member']),
    ...[5, null, '', []].map((target): WrongBody => [{ ...restart, target }, 'invalid_member']),
    ...['a &', 'rack=3'].map((target): WrongBody => [{ ...restart, target }, 'invalid_target']),
    [{ ...restart, target: 'host:127.66.9.9' }, 'host_not_found'],
    [{ ...restart, target: 'cluster:absent' }, 'cluster_not_found'],
    ...[5, null, 'x', []].map((parameters): WrongBody => [{ ...restart, parameters }, 'invalid_member']),
    [{ ...restart, kind: 'deploy' }, 'invalid_member'],
    ...[5, null, 'true'].map((wait): WrongBody => [{ ...restart, wait }, 'invalid_member']),
    ...wrongStrategy.flatMap(([body, code]): WrongBody[] => [
      [{ ...restart, ...body }, code],
      [{ ...restart, ...body }, code, '?plan=true'],
    ]),
    ...['yes', '', '1'].map((plan): WrongBody => [restart, 'invalid_member', `?plan=${plan}`]),
  ],
  '/api/v0/tokens': [
    ...wrong('kind', [5, null, '', 'Session', 'root', []]),
    ...wrong('lifetime', [0, -1, 1.5, '60', null, true, 1e99, 3_601]),
    ...wrong('note', [5, null, [], 'a\n', 'x'.repeat(256)]),
    ...wrong('roles', [5, null, 'admin', [], [5], [null], ['root'], ['__proto__'], Array(101).fill('viewer')]),
    ...wrong('clusters', [5, null, 'web', [], [5], [''], ['a b'], ['?'], ['x'.repeat(256)], starred(33)]),
    ...wrong('max_hosts', [0, -1, 1.5, '1', null]),
    ...wrong('max_percent', [0, -1, 1.5, '1', null, 101]),
    ...wrong('max_at_once', [0, -1, 1.5, '1', null]),
    ...wrong('cluster', [5, null, [], name]),
    ...[{}, { lifetime: null }, { lifetime: 366 * 86_400 + 1 }, { lifetime: 60, cluster: name }].map(
      (members): WrongBody => [{ kind: 'automation', ...members }, 'invalid_member'],
    ),
    ...[
      { cluster: undefined },
      { lifetime: undefined },
      { max_hosts: undefined },
      { lifetime: 30 * 86_400 + 1 },
      { max_hosts: 10_001 },
      { roles: ['registrar'] },
      { clusters: [name] },
      { max_percent: 5 },
      { max_at_once: 5 },
    ].map((members): WrongBody => [{ ...machines, ...members }, 'invalid_member']),
    ...badNames.map((bad): WrongBody => [{ ...machines, cluster: bad }, 'invalid_name']),
  ],
  '/api/v0/tokens/current/renew': wrong('lifetime', [0, -1, 1.5, '60', null, 3_601]),
  '/api/v0/token-keys/rotate': [],
  '/api/v0/secret-keys/rotate': [],
  '/api/v0/secret-keys/passphrase': [
    [{}, 'invalid_member'],
    ...wrong('next', [5, '', [], {}, 'x'.repeat(1025)]),
    ...wrong('current', [5, '', [], {}, null]).map(([body, code]): WrongBody => [{ next: null, ...body }, code]),
  ],
  '/api/v0/secrets/:secret': [],
  'PUT /api/v0/secrets/:secret': [
    [{}, 'invalid_member'],
    ...wrong('type', [5, null, '', 'kem', 'Simple']).map(([body, code]): WrongBody => [{ value: 'x', ...body }, code]),
    ...wrong('value', [5, null, [], {}, 'x'.repeat(64 * 1024 + 1)]).map(
      ([body, code]): WrongBody => [{ type: 'simple', ...body }, code],
    ),
    ...wrong('value', ['', 'x', 'a.b.c.d.e', 'e30.x.x.x.x', 'e30.x.x.x']).map(
      ([body, code]): WrongBody => [{ type: 'jwe', ...body }, code],
    ),
  ],
  '/api/v0/operation/:id/pause': [],
  '/api/v0/operation/:id/resume': [],
  '/api/v0/operation/:id/promote': [],
  '/api/v0/operation/:id/cancel': wrong('now', [5, null, 'true', []]),
  '/api/v0/operation/:id/skip': [
    [{}, 'invalid_member'],
    ...wrong('host', [5, null, []]),
    ...wrong('host', badAddresses, 'invalid_address'),
  ],
  '/api/v0/operation/:id/retry': wrong('wait', [5, null, 'true', []]),
  '/api/v0/operation/:id/rerun': wrong('wait', [5, null, 'true', []]),
  '/api/v0/backups': [...wrong('passphrase', [5, null, '', []]), ...wrong('master_key', [5, null, 'true', []])],
  '/api/v0/backups/stream': [...wrong('passphrase', [5, null, '', []]), ...wrong('master_key', [5, null, 'true', []])],
  '/api/v0/events': [
    [{}, 'invalid_member'],
    ...wrong('type', [5, null, '', 'host', 'operation', 'users', 'user.x', 'user_', 'user_A', 'user x', 'hook']),
    ...['a.b', '', 'A', 5, null].map((action): WrongBody => [{ type: 'user', action }, 'invalid_member']),
    ...['a\n', '*', 5, null, 'x'.repeat(256)].map((key): WrongBody => [{ type: 'user', key }, 'invalid_member']),
    ...[5, null, 'x', [], { x: 'x'.repeat(65_536) }].map(
      (data): WrongBody => [{ type: 'user', data }, 'invalid_member'],
    ),
  ],
};

function caseKey({ method, path }: RouteRule): string {
  const own = `${method} ${path}`;
  return own in wrongMembers ? own : path;
}

test('there are cases for every route that takes a body', () => {
  const keys = new Set(taking.map(caseKey));
  expect(Object.keys(wrongMembers).toSorted()).toEqual([...keys].toSorted());
});

/** Creations that compare what exists before they judge the request are tried under names that are free (contract H3, M3). */
const freeNames: Record<string, Record<string, string>> = {
  'PUT /api/v0/host/:address': { address: '127.66.0.9' },
  'POST /api/v0/host/:address/check': { address: '127.66.0.9' },
  'PUT /api/v0/containermanager/:name': { name: 'm9' },
};

const memberCases = taking.flatMap((rule) =>
  (wrongMembers[caseKey(rule)] ?? []).map(([body, code, query = '']) => ({
    request: `${rule.method} ${pathOf(rule, freeNames[`${rule.method} ${rule.path}`])}${query}`,
    body,
    text: JSON.stringify(body).slice(0, 60),
    code,
  })),
);

test.each(memberCases)('$request with $text is $code', async ({ request, body, code }) => {
  const [method = '', path = ''] = request.split(' ');
  await expectRefused(method, path, { body: JSON.stringify(body) }, code);
});

/** A body that would do, so that only the path can be what is refused. */
const goodBodies: Record<string, object> = {
  '/api/v0/host/:address/hostkey': { fingerprint: `SHA256:${'A'.repeat(43)}` },
  '/api/v0/cluster/:name/hosts': { old: [address], new: [] },
  '/api/v0/cluster/:name/deploy': { version: '1' },
  '/api/v0/operation/:id/skip': { host: address },
  '/api/v0/budget/:name': { target: 'all', max_down: 1 },
  '/api/v0/role/:name': { permissions: [] },
  '/api/v0/rolebinding/:name': { role: 'viewer', subjects: ['user:a'] },
};

const undecodable = ['%', '%zz', '%e9', '%c3%28', 'a%2'];
const long = 'x'.repeat(3000);
const encoded = (values: readonly string[]) =>
  values.filter((value) => !/^\s*$/.test(value)).map((value) => encodeURIComponent(value));
const badSegments: Record<string, Array<[string, ProblemCode]>> = {
  address: [...encoded(badAddresses), '..%2f', '%2e%2e%2fhosts', '%20', '%00', long].map((v) => [v, 'invalid_address']),
  name: [...encoded(badNames), '..%2f', '%20', '%00', long].map((v) => [v, 'invalid_name']),
  id: ['x', '..%2f', '%20', '%00', long].map((v) => [v, 'operation_not_found']),
  token: ['x', '..%2f', '%20', '%00', long].map((v) => [v, 'token_not_found']),
};

const pathCases = routeRules.flatMap((rule) =>
  Array.from(rule.path.matchAll(/:(\w+)/g), ([, key = '']) => key).flatMap((key) => {
    const bad = [...(badSegments[key] ?? []), ...undecodable.map((v): [string, ProblemCode] => [v, 'invalid_url'])];
    return bad.map(([value, code]) => {
      const query = rule.path.endsWith('/log') ? '?host=127.66.0.1' : '';
      return { rule, path: pathOf(rule, { [key]: value }) + query, code };
    });
  }),
);

test.each(pathCases)('$rule.method $path is $code', async ({ rule, path, code }) => {
  const options = taking.includes(rule) ? { body: JSON.stringify(goodBodies[rule.path] ?? {}) } : {};
  await expectRefused(rule.method, path, options, code);
});

const queryCases: Array<[string, ProblemCode]> = [
  ...['x', '-1', '0', '1001', '1.5', '1e2', '0x10', '', '%20', 'NaN', 'Infinity', '%zz', '9'.repeat(400)].map(
    (value): [string, ProblemCode] => [`/api/v0/operations?limit=${value}`, 'invalid_member'],
  ),
  ...['a%20b', '', '..%2f', long].map((v): [string, ProblemCode] => [
    `/api/v0/operations?cluster=${v}`,
    'invalid_name',
  ]),
  ...['x', '-1', '1e99', '1.5', '', '9007199254740992', '9'.repeat(17)].map((value): [string, ProblemCode] => [
    `/api/v0/operation/${id}/log?host=${address}&offset=${value}`,
    'invalid_member',
  ]),
  ...['limit=0', 'limit=10001', 'limit=x', 'after=-1', 'after=x', 'after=1000000000000', 'after='].map(
    (query): [string, ProblemCode] => [`/api/v0/operation/${id}/journal?${query}`, 'invalid_member'],
  ),
  ...['', '%20', 'cluster:', 'rack=3', 'a,', 'a%20%26', '(a', '[1-9999999999]', 'a%00', 'label:a%20b'].map(
    (target): [string, ProblemCode] => [`/api/v0/hosts?target=${target}`, 'invalid_target'],
  ),
  ['/api/v0/hosts?target=host:127.66.9.9', 'host_not_found'],
  ['/api/v0/hosts?target=cluster:absent', 'cluster_not_found'],
  ...[
    'limit=0',
    'limit=x',
    'since=-1',
    'since=x',
    'since=999999999',
    'follow=no',
    'filter=',
    'filter=A.b',
    'filter=*a',
  ].map((query): [string, ProblemCode] => [`/api/v0/events?follow=false&${query}`, 'invalid_member']),
  ['/api/v0/events?since=999999999', 'invalid_member'],
  ...[
    'limit=0',
    'limit=1001',
    'before=x',
    'after=-1',
    'since=yesterday',
    'since=2026',
    'sort=who',
    'offset=1',
    'what=x',
    'who=Like(a)',
    'status=x',
  ].map((query): [string, ProblemCode] => [`/api/v0/audit?${query}`, 'invalid_member']),
  ...['', 'a%20b', long].map((hook): [string, ProblemCode] => [
    `/api/v0/hooks/dead-letters?hook=${hook}`,
    'invalid_name',
  ]),
  [`/api/v0/operation/${id}/log`, 'invalid_member'],
  [`/api/v0/operation/${id}/log?host=a%20b`, 'invalid_address'],
  [`/api/v0/operation/${id}/log?host=`, 'invalid_address'],
];

test.each(queryCases)('GET %s is %s', async (path, code) => {
  await expectRefused('GET', path, {}, code);
});

describe('parts of a path that say nothing', () => {
  const cases = routeRules.flatMap((rule) =>
    [...rule.path.matchAll(/:\w+(?=\/)/g)].map(([parameter]) => ({ rule, path: rule.path.replace(parameter, '') })),
  );

  test.each(cases)('$rule.method $path is nowhere', async ({ rule, path }) => {
    const filled = path.replace(':address', address).replace(':name', name);
    await expectRefused(rule.method, filled, {}, 'route_not_found');
  });
});

describe('dots that climb', () => {
  const climbing = routeRules.flatMap((rule) =>
    ['..', '%2e%2e', '%2E.', '.', '%2e'].map((dots) => ({
      rule,
      path: rule.path.replace(':address', dots).replace(':name', dots).replace(':id', dots).replace(':token', dots),
    })),
  );
  const cases = climbing.filter(({ rule, path }) => path !== rule.path && rule.method !== 'GET');

  test.each(cases)('$rule.method $path changes nothing', async ({ rule, path }) => {
    const before = server.dump();
    // An empty object would be a registration if the path ended at /host, so the body is one that no route takes.
    const answer = await server.raw(rule.method, path, { body: '[]' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(server.dump()).toBe(before);
  });
});

test('an upload that breaks off is nobody’s fault here', async () => {
  const before = server.dump();
  await server.abandon('PUT', `/api/v0/cluster/${name}`, '{"network": "other"');
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  expect(server.dump()).toBe(before);
});
