import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { json, problem, TestServer } from './support/server.ts';

test('labels are set and removed on every host of the node sets', async () => {
  using server = new TestServer({
    'PATCH /api/v0/host/n1/labels': json({ rack: '3' }),
    'PATCH /api/v0/host/n2/labels': json({}),
    'PATCH /api/v0/host/m/labels': json({ rack: '3', zone: 'a' }),
  });
  const args = ['host', 'label', 'n[1-2]', 'rack=3', 'm,n1', 'role-', 'query=a=b'];
  expect(await commctl(args, { endpoint: server.url })).toEqual({
    exitCode: 0,
    stdout: "m:\n  rack: '3'\n  zone: a\nn1:\n  rack: '3'\nn2: {}\n",
    stderr: '3 hosts: 3 changed\n',
  });
  const calls = ['n1', 'n2', 'm'].flatMap((name) =>
    ['GET', 'PATCH'].map((method) => `${method} /api/v0/host/${name}/labels`),
  );
  expect(server.asked).toEqual(calls);
  expect(server.received[1]?.body).toEqual({ rack: '3', role: null, query: 'a=b' });
  const { stdout } = await commctl([...args, '-o', 'table'], { endpoint: server.url });
  expect(stdout).toBe('ADDRESS  LABELS\nn1       rack=3\nn2\nm        rack=3 zone=a\n');
});

test('the hosts of a target are changed, those that have the labels already are counted', async () => {
  const hosts = [
    { address: 'n1', labels: { rack: '3' } },
    { address: 'n2', labels: { rack: '4' } },
    { address: 'n3', labels: { rack: '3', role: 'db' } },
  ];
  using server = new TestServer({
    'GET /api/v0/hosts': json(hosts),
    'PATCH /api/v0/host/n2/labels': json({ rack: '3' }),
    'PATCH /api/v0/host/n3/labels': json({ rack: '3' }),
  });
  const args = ['host', 'label', 'cluster:web & label:rack', 'rack=3', 'role-', '-l', 'env!=prod,!old'];
  const { exitCode, stderr } = await commctl(args, { endpoint: server.url });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '3 hosts: 2 changed, 1 unchanged\n' });
  const [list = '', ...changes] = server.asked;
  expect(new URL(list.slice(4), server.url).searchParams.get('target')).toBe(
    '(cluster:web & label:rack) & label:env!=prod - label:old',
  );
  expect(changes).toEqual(['n2', 'n3'].map((name) => `PATCH /api/v0/host/${name}/labels`));
});

test('a target without hosts is said, and a term with an equals sign is a target', async () => {
  using server = new TestServer({ 'GET /api/v0/hosts': json([]) });
  expect(await commctl(['host', 'label', 'label:rack=3', 'label:rack=4', 'x=1'], { endpoint: server.url })).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: 'No hosts.\n',
  });
  expect(server.asked).toEqual(['3', '4'].map((rack) => `GET /api/v0/hosts?target=label%3Arack%3D${rack}`));
});

test('after a refusal the others are still changed', async () => {
  using server = new TestServer({
    'PATCH /api/v0/host/a/labels': () => problem(404, { code: 'host_not_found', detail: 'no host a' }),
    'PATCH /api/v0/host/b/labels': json({ x: '1' }),
  });
  expect(await commctl(['host', 'label', 'a,b', 'x=1'], { endpoint: server.url })).toEqual({
    exitCode: 1,
    stdout: "b:\n  x: '1'\n",
    stderr: 'No object found.\ncommctl: no host a\n2 hosts: 1 changed, 1 refused\n',
  });
});

const mistakes = [
  [['host', 'label', 'a', 'b'], 'commctl: no label is given\nhint: add KEY=VALUE to set one, or KEY- to remove it\n'],
  [['host', 'label', 'a', '=1'], 'commctl: "=1" is not a label\nhint: write it as KEY=VALUE\n'],
  [['host', 'create', 'a', '-', '--label', 'x'], 'commctl: "x" is not a label\nhint: write it as KEY=VALUE\n'],
  [
    ['host', 'list', 'web', '--target', 'all'],
    "commctl: a cluster and the options do not go together\nhint: write the cluster into the target: --target 'cluster:web & …'\n",
  ],
] as const;

test.each(mistakes)('%j', async (args, stderr) => {
  expect(await commctl([...args])).toEqual({ exitCode: 2, stdout: '', stderr });
});

test('a node set that is none is shown where it is wrong', async () => {
  const { stderr } = await commctl(['host', 'label', 'n[1-', 'x=1']);
  expect(stderr).toContain('expected a number, found the end\n  n[1-\n      ^\n');
});

test('a host is created with labels, and listed by a target', async () => {
  using server = new TestServer({ 'PUT /api/v0/host/a': json({ address: 'a' }), 'GET /api/v0/hosts': json([]) });
  const create = ['host', 'create', 'a', '-', '--label', 'rack=3', '--label', 'role=db'];
  await commctl(create, { endpoint: server.url, stdin: 'key' });
  expect(server.received[0]?.body).toEqual({ ssh_priv_key: 'a2V5', labels: { rack: '3', role: 'db' } });
  await commctl(['host', 'list', '--target', 'all - a'], { endpoint: server.url });
  expect(server.asked.at(-1)).toBe('GET /api/v0/hosts?target=all+-+a');
});
