import { describe, expect, test } from 'vitest';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { clusterRecord } from './support/records.ts';
import { type Answer, json, TestServer } from './support/server.ts';

const host = (address: string) => ({
  address,
  status: 'failed',
  os: 'fedora',
  cpus: 4,
  memory: 1024,
  space: 1024,
  last_check: '2026-01-02T03:04:05.678901',
  labels: {},
});
const budget = (name: string) => ({ name, target: 'all', max_down: 1, hosts: 4, allowed: 1, down: [] });
const operation = (id: string) => ({
  id,
  kind: 'exec',
  target: 'all',
  status: 'finished',
  counts: {},
  requested_by: 'a',
  started_at: '2026-01-02T03:04:05.678901',
  finished_at: '',
});
const name = (text: string) => text;
const cluster = (text: string) => ({ ...clusterRecord, name: text });

const lists = [
  { noun: 'host', route: '/api/v0/hosts', plural: 'hosts', record: host },
  { noun: 'cluster', route: '/api/v0/clusters', plural: 'clusters', record: name, detailed: cluster },
  { noun: 'network', route: '/api/v0/networks', plural: 'networks', record: name },
  { noun: 'container_manager', route: '/api/v0/containermanagers', plural: 'container managers', record: name },
  { noun: 'operation', route: '/api/v0/operations', plural: 'operations', record: operation },
  { noun: 'budget', route: '/api/v0/budgets', plural: 'budgets', record: budget },
];

describe.each(lists)('$noun list', ({ noun, route, plural, record, detailed = record }) => {
  const hiding = noun === 'operation' ? [['automatic', 'false']] : [];

  test('sends what is asked for to the server', async () => {
    using server = new TestServer({ [`GET ${route}`]: json([]) });
    const filters = ['--filter', 'a=Gte(4)', '--filter', 'a=Lt(16)', '--filter', 'b.c=d=e'];
    const page = ['--sort=-b,a', '--reverse', '--offset', '3', '--limit', '5'];
    const ended = await commctl([noun, 'list', ...filters, ...page], { endpoint: server.url });
    expect(ended).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(queryOf(server)).toEqual([
      ['a', 'Gte(4)'],
      ['a', 'Lt(16)'],
      ['b.c', 'd=e'],
      ...hiding,
      ['sort', '-b,a'],
      ['reverse', 'true'],
      ['offset', '3'],
      ['limit', '5'],
    ]);
  });

  test('asks for nothing that is not given', async () => {
    using server = new TestServer({ [`GET ${route}`]: json([]) });
    await commctl([noun, 'list'], { endpoint: server.url });
    expect(queryOf(server)).toEqual(hiding);
  });

  test('tells of a part that it is one, where a person reads it', async () => {
    const part = [record('a'), record('b')];
    using server = new TestServer({ [`GET ${route}`]: answered(7, record, detailed) });
    const args = [noun, 'list', '--limit', '2'];
    const { stdout, stderr } = await commctl([...args, '-o', 'json'], { endpoint: server.url });
    expect([JSON.parse(stdout), stderr]).toEqual([part, '']);
    const { screen } = await commctlOnTerminal(args, { endpoint: server.url });
    expect(screen).toContain(`2 of 7 ${plural}`);
  });

  test.each([
    ['0', `No ${plural}.\n`],
    ['7', `0 of 7 ${plural}\n`],
  ])('of %s that there are it shows none', async (total, stderr) => {
    using server = new TestServer({ [`GET ${route}`]: answered(Number(total), record, detailed) });
    const ended = await commctl([noun, 'list', '--offset', '7', '-o', 'table'], { endpoint: server.url });
    expect(ended).toEqual({ exitCode: 0, stdout: '', stderr });
  });

  test.each([
    [['--filter', 'cpus'], '--filter: "cpus" is not a condition'],
    [['--filter', '=4'], '--filter: "=4" is not a condition'],
    [['--filter', 'limit=4'], '--filter: "limit=4" is not a condition'],
    [['--limit', '0'], "option '--limit <N>' argument '0' is invalid"],
    [['--offset', '-1'], "option '--offset <N>' argument '-1' is invalid"],
  ])('%j is a mistake', async (args, message) => {
    const { exitCode, stdout, stderr } = await commctl([noun, 'list', ...args]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`commctl: ${message}`);
    expect(stderr).toContain('\nhint: ');
  });
});

test.each([
  ['host', ['--target', 'all', '--status', 'failed', '--os', 'Ne(fedora)'], 'status=failed&os=Ne(fedora)&target=all'],
  [
    'operation',
    ['--cluster', 'web', '--status', 'failed', '--kind', 'In(exec,copy)'],
    'target=cluster:web&status=failed&kind=In(exec,copy)',
  ],
  ['operation', ['--cluster', 'In(web,db*)'], 'target=In(cluster:web,cluster:db*)&automatic=false'],
  ['operation', ['--cluster', 'Ne(web)'], 'target=Ne(cluster:web)&automatic=false'],
  ['operation', ['--filter', 'target=cluster:*'], 'target=cluster:*&automatic=false'],
])('%s list %j: conditions with an option of their own', async (noun, options, query) => {
  using server = new TestServer({ [`GET /api/v0/${noun}s`]: json([]) });
  expect(await commctl([noun, 'list', ...options], { endpoint: server.url })).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
  expect(queryOf(server)).toEqual(Array.from(new URLSearchParams(query)));
});

test.each([
  [['web', '--status', 'failed'], 'a cluster and the options do not go together'],
  [['web', '--limit', '5'], 'a cluster and the options do not go together'],
  [['web', '--reverse'], 'a cluster and the options do not go together'],
  [['--filter', 'target=all'], '--filter: "target=all" is not a condition'],
] as const)('host list %j is a mistake', async (args, message) => {
  const { exitCode, stdout, stderr } = await commctl(['host', 'list', ...args]);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`commctl: ${message}\nhint: `);
});

/** A page of a list of so many records. */
function answered(total: number, record: (name: string) => unknown, detailed: (name: string) => unknown): Answer {
  return ({ path }) => {
    const query = new URL(path, 'http://x').searchParams;
    const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].slice(0, total).map(query.has('details') ? detailed : record);
    const offset = Number(query.get('offset') ?? 0);
    const page = all.slice(offset, offset + Number(query.get('limit') ?? total));
    return Response.json(page, { headers: { 'x-total-count': String(total) } });
  };
}

function queryOf(server: TestServer): [string, string][] {
  const [asked = ''] = server.asked;
  return Array.from(new URL(asked.slice('GET '.length), server.url).searchParams);
}
