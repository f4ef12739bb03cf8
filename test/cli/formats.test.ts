import { describe, expect, test } from 'vitest';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { clusterRecord, hostRecord, operationHost, operationRecord } from './support/records.ts';
import { json, problem, TestServer } from './support/server.ts';

const operation = operationRecord([operationHost('192.0.2.11', { state: 'succeeded' })]);
const { results: _, ...listed } = operation;
const hosts = [
  hostRecord({ address: '192.0.2.9', labels: { rack: '3' } }),
  hostRecord({ address: '2001:db8::1', cpus: 8, labels: {} }),
];
const answers = {
  'GET /api/v0/hosts': json(hosts),
  'GET /api/v0/host/192.0.2.11': json(hostRecord()),
  'GET /api/v0/host/192.0.2.11/hostkey': json({ address: '192.0.2.11', fingerprint: 'SHA256:x' }),
  'GET /api/v0/cluster/web': json(clusterRecord),
  'GET /api/v0/cluster/web/hosts': json(clusterRecord.hostset),
  'GET /api/v0/clusters': json(['web', 'db']),
  'GET /api/v0/networks': json(['default']),
  'GET /api/v0/containermanagers': json(['kube']),
  'GET /api/v0/operations': json([listed]),
  'GET /api/v0/operation/op-1': json(operation),
  'GET /api/v0/roles': json([{ name: 'admin', source: 'built_in', permissions: [] }]),
  'GET /api/v0/rolebindings': json([{ name: 'web-team', role: 'x', subjects: [], source: 'store' }]),
  'GET /api/v0/budgets': json([{ name: 'b', target: 'all', max_down: 1, hosts: 1, allowed: 1, down: [] }]),
  'GET /api/v0/tokens': json([{ id: 't-1', owner: 'a', grants: [] }]),
  'GET /api/v0/events': json([{ sequence: 7, at: '', type: 'host', action: 'created', key: 'x' }]),
  'GET /api/v0/secrets/web%2F': json(['password', 'db/']),
  'DELETE /api/v0/cluster/web': json([]),
  'DELETE /api/v0/cluster/db': json([]),
};

describe('-o name', () => {
  test.each([
    ['host list', 'host/192.0.2.9\nhost/2001:db8::1\n'],
    ['host list web', 'host/192.0.2.11\nhost/192.0.2.12\n'],
    ['host get 192.0.2.11', 'host/192.0.2.11\n'],
    ['host key show 192.0.2.11', 'host/192.0.2.11\n'],
    ['cluster list', 'cluster/db\ncluster/web\n'],
    ['cluster get web', 'cluster/web\n'],
    ['cluster delete web', 'cluster/web\n'],
    ['cluster delete web db', 'cluster/web\ncluster/db\n'],
    ['network list', 'network/default\n'],
    ['container_manager list', 'container_manager/kube\n'],
    ['operation list', 'operation/op-1\n'],
    ['operation show op-1', 'operation/op-1\n'],
    ['role list', 'role/admin\n'],
    ['role-binding list', 'role-binding/web-team\n'],
    ['budget list', 'budget/b\n'],
    ['token list', 'token/t-1\n'],
    ['event list', 'event/7\n'],
    ['secret list web', 'secret/web/password\nsecret/web/db/\n'],
  ])('%s', async (line, stdout) => {
    using server = new TestServer(answers);
    const ended = await commctl([...line.split(' '), '-o', 'name'], { endpoint: server.url });
    expect(ended).toEqual({ exitCode: 0, stdout, stderr: '' });
  });
});

describe('-o jsonpath=', () => {
  test.each([
    ['host list', '$[*].address', '192.0.2.9\n2001:db8::1\n'],
    ['host list', '{[*].address}', '192.0.2.9\n2001:db8::1\n'],
    ['host list', '$[?@.cpus >= 8].address', '2001:db8::1\n'],
    ['host list', '$[0].labels', '{"rack":"3"}\n'],
    ['host list', '$[*].nothing', ''],
    ['host get 192.0.2.11', 'facts.kernel', '6.12.9\n'],
    ['host get 192.0.2.11', '.cpus', '4\n'],
    ['operation show op-1', '$.results[*].state', 'succeeded\n'],
    ['cluster list', '$[*]', 'db\nweb\n'],
  ])('%s %s', async (line, path, stdout) => {
    using server = new TestServer(answers);
    const ended = await commctl([...line.split(' '), '-o', `jsonpath=${path}`], { endpoint: server.url });
    expect(ended).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  test.each(['$[', '', '$.a b', '{.a}{.b}'])('%j is a mistake, and nothing is done', async (path) => {
    using server = new TestServer(answers);
    const ended = await commctl(['cluster', 'delete', 'web', '-o', `jsonpath=${path}`], { endpoint: server.url });
    expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ended.stderr).toMatch(/^commctl: -o jsonpath=.*\nhint: write it as in /);
    expect(server.asked).toEqual([]);
  });
});

test('-o wide has all columns on a narrow terminal, and the times themselves', async () => {
  using server = new TestServer({ ...answers, 'GET /api/v0/clusters': json([clusterRecord]) });
  const size = { cols: 40, rows: 24 };
  const invocation = { endpoint: server.url, size, environment: { TZ: 'UTC' } };
  const narrow = await commctlOnTerminal(['host', 'list'], invocation);
  expect(narrow.screen.split('\r\n')[0]).toBe('ADDRESS      STATUS  CLUSTER  LAST CHECK');
  const { screen } = await commctlOnTerminal(['host', 'list', '-o', 'wide'], invocation);
  expect(screen.split('\r\n')[0]).toMatch(/^ADDRESS +STATUS +CLUSTER +OS +CPUS +MEMORY +SPACE +LAST CHECK +LABELS$/);
  expect(screen).toContain('2026-01-02 03:04:05Z');
});

test.each(['exec all -- true', 'event watch', 'event wait host', 'operation watch op-1', 'operation journal op-1'])(
  '%s prints lines, from which nothing is chosen',
  async (line) => {
    using server = new TestServer(answers);
    for (const output of ['name', 'jsonpath=$']) {
      const ended = await commctl(['-o', output, ...line.split(' ')], { endpoint: server.url });
      expect(ended).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ended.stderr).toContain('this command prints line by line\nhint: ');
    }
    expect(server.asked).toEqual([]);
  },
);

test('an unknown format is refused with the known ones', async () => {
  const { exitCode, stderr } = await commctl(['host', 'list', '-o', 'xml']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Allowed choices are yaml, json, table, wide, name, jsonpath=…');
});

test('a host is shown although its clusters may not be', async () => {
  const refused = () => problem(403, { code: 'forbidden', detail: 'no' });
  using server = new TestServer({ ...answers, 'GET /api/v0/clusters': refused });
  const { exitCode, stdout, stderr } = await commctl(['host', 'list', '-o', 'table'], { endpoint: server.url });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('192.0.2.9');
});
