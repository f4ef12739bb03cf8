import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { json, problem, TestServer } from './support/server.ts';

const known = {
  'GET /api/v0/hosts': json([{ address: 'h1' }, { address: 'h2' }, { address: 'h3' }]),
  'GET /api/v0/cluster/web/hosts': json(['h2']),
};

test('the hosts of the target that are no members become members', async () => {
  using server = new TestServer({
    ...known,
    'PUT /api/v0/cluster/web/hosts/h1': json(['h1']),
    'PUT /api/v0/cluster/web/hosts/h3': json(['h3']),
  });
  const args = ['host', 'join', 'label:rack=3', 'web', '-o'];
  expect(await commctl([...args, 'table'], { endpoint: server.url })).toEqual({
    exitCode: 0,
    stdout: '2 hosts added, 1 already in the cluster\n',
    stderr: '',
  });
  expect(server.asked).toEqual([
    'GET /api/v0/cluster/web/hosts',
    'GET /api/v0/hosts?target=label%3Arack%3D3',
    'PUT /api/v0/cluster/web/hosts/h1',
    'PUT /api/v0/cluster/web/hosts/h3',
  ]);
  expect(await commctl([...args, 'json'], { endpoint: server.url })).toMatchObject({
    stdout: '{\n  "added": [\n    "h1",\n    "h3"\n  ],\n  "unchanged": [\n    "h2"\n  ]\n}\n',
  });
});

test('members are taken out, after a refusal the others too', async () => {
  using server = new TestServer({
    ...known,
    'GET /api/v0/cluster/web/hosts': json(['h1', 'h2']),
    'DELETE /api/v0/cluster/web/hosts/h1': () => problem(409, { code: 'operation_running', detail: 'it runs' }),
    'DELETE /api/v0/cluster/web/hosts/h2': json([]),
  });
  expect(await commctl(['host', 'unjoin', 'all', 'web', '-o', 'table'], { endpoint: server.url })).toEqual({
    exitCode: 1,
    stdout: '1 host removed, 1 no member\n',
    stderr: 'commctl: it runs\n',
  });
  expect(server.asked).toContain('GET /api/v0/hosts?target=all');
});

test('--force is passed on', async () => {
  using server = new TestServer({
    ...known,
    'DELETE /api/v0/cluster/web/hosts/h2': json([]),
  });
  const { exitCode } = await commctl(['host', 'unjoin', '--force', 'h[2-2]', 'web'], { endpoint: server.url });
  expect(exitCode).toBe(0);
  expect(server.asked.at(-1)).toBe('DELETE /api/v0/cluster/web/hosts/h2?force=true');
});

test('a dry run shows the changes of the hosts that need one, and makes none', async () => {
  using server = new TestServer(known);
  const args = ['host', 'join', 'label:rack=3', 'web', '--dry-run', '-o', 'table'];
  const { exitCode, stdout } = await commctl(args, { endpoint: server.url });
  expect(exitCode).toBe(0);
  expect(stdout.match(/PUT \S+/g)).toEqual(['h1', 'h3'].map((host) => `PUT /api/v0/cluster/web/hosts/${host}`));
  expect(server.asked.every((asked) => asked.startsWith('GET '))).toBe(true);
});
