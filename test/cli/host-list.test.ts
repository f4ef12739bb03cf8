import { expect, test } from 'vitest';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

const host = (address: string) => ({
  address,
  status: 'failed',
  os: 'fedora',
  cpus: 4,
  memory: 1024,
  space: 1024,
  last_check: '2026-01-02T03:04:05.678901',
});

test('what is asked for goes to the server', async () => {
  using server = new TestServer({ 'GET /api/v0/hosts': json([]) });
  const options = ['--status', 'failed', '--os', 'Ne(fedora)', '--sort=-memory,address', '--limit', '5'];
  const filters = ['--filter', 'cpus=Gte(4)', '--filter', 'cpus=Lt(16)', '--filter', 'labels.rack=a=b'];
  const ended = await commctl(['host', 'list', '--target', 'all', ...options, ...filters], { endpoint: server.url });
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
  const [asked = ''] = server.asked;
  expect(Array.from(new URL(asked.slice(4), server.url).searchParams)).toEqual([
    ['status', 'failed'],
    ['os', 'Ne(fedora)'],
    ['cpus', 'Gte(4)'],
    ['cpus', 'Lt(16)'],
    ['labels.rack', 'a=b'],
    ['target', 'all'],
    ['sort', '-memory,address'],
    ['limit', '5'],
  ]);
});

test('a part of a list is told to be one, where a person reads it', async () => {
  using server = new TestServer({
    'GET /api/v0/hosts': json([host('a'), host('b')], { headers: { 'x-total-count': '7' } }),
  });
  const args = ['host', 'list', '--limit', '2'];
  const { stdout, stderr } = await commctl([...args, '-o', 'json'], { endpoint: server.url });
  expect([JSON.parse(stdout), stderr]).toEqual([[host('a'), host('b')], '']);
  const { screen } = await commctlOnTerminal(args, { endpoint: server.url });
  expect(screen).toContain('2 of 7 hosts');
});

test.each([
  [['web', '--status', 'failed'], 'a cluster and the options do not go together'],
  [['web', '--limit', '5'], 'a cluster and the options do not go together'],
  [['--filter', 'cpus'], '--filter: "cpus" is not a condition'],
  [['--filter', '=4'], '--filter: "=4" is not a condition'],
  [['--filter', 'limit=4'], '--filter: "limit=4" is not a condition'],
] as const)('host list %j is a mistake', async (args, message) => {
  const { exitCode, stdout, stderr } = await commctl(['host', 'list', ...args]);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`commctl: ${message}\nhint: `);
});
