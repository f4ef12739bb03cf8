import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { json, problem, TestServer } from './support/server.ts';

const manager = { name: 'm', type: 'kubernetes', options: { server_url: 'https://h', token: '***' } };
const shown = "name: m\noptions:\n  server_url: https://h\n  token: '***'\ntype: kubernetes\n";

test('a container manager is created, changed, shown, listed and deleted', async () => {
  using server = new TestServer({
    'PUT /api/v0/containermanager/m': json(manager, { status: 201 }),
    'PATCH /api/v0/containermanager/m': json(manager),
    'GET /api/v0/containermanager/m': json(manager),
    'GET /api/v0/containermanagers': json(['m', 'n']),
    'DELETE /api/v0/containermanager/m': json([]),
    'DELETE /api/v0/containermanager/n': () => problem(409, { code: 'in_use', detail: 'n is used' }),
  });
  const said = async (...args: string[]) => {
    const { stdout, stderr } = await commctl(['container_manager', ...args], { endpoint: server.url });
    return stdout + stderr;
  };
  expect(await said('create', '-t', 'kubernetes', '-o', 'server_url=https://h', '-o', 'token=a=b', 'm')).toBe(shown);
  expect(server.received.at(-1)?.body).toEqual({
    type: 'kubernetes',
    options: { server_url: 'https://h', token: 'a=b' },
  });
  await said('create', '-o', 'token=a', '--options', '{"server_url": "https://h", "token": "b=="}', 'm');
  expect(server.received.at(-1)?.body).toEqual({
    type: 'openshift',
    options: { server_url: 'https://h', token: 'b==' },
  });
  await said('create', '-o', ' server_url = https://h ', '-o', '\ttoken=a b \n', '-o', ' {"insecure": " x "} ', 'm');
  expect(server.received.at(-1)?.body).toEqual({
    type: 'openshift',
    options: { server_url: 'https://h', token: 'a b', insecure: ' x ' },
  });
  expect(await said('change', '-o', '{"token": null}', 'm')).toBe(shown);
  expect(server.received.at(-1)).toMatchObject({ method: 'PATCH', body: { options: { token: null } } });
  expect(await said('get', 'm')).toBe(shown);
  expect(await said('list')).toBe('m\nn\n');
  expect(await said('delete', 'm', 'n')).toBe('Success\ncommctl: n is used\n');
});

test('a network is created, shown, listed and deleted', async () => {
  const network = { name: 'net', type: 'flannel_server', options: { address: 'h:1' } };
  const shown = 'name: net\noptions:\n  address: h:1\ntype: flannel_server\n';
  using server = new TestServer({
    'PUT /api/v0/network/net': json(network, { status: 201 }),
    'GET /api/v0/network/net': json(network),
    'GET /api/v0/networks': json(['default', 'net']),
    'DELETE /api/v0/network/net': json([]),
  });
  const said = async (...args: string[]) => (await commctl(['network', ...args], { endpoint: server.url })).stdout;
  expect(await said('create', '-t', 'flannel_server', '-o', '{"address": "h:1"}', 'net')).toBe(shown);
  expect(server.received.at(-1)?.body).toEqual({ type: 'flannel_server', options: { address: 'h:1' } });
  await said('create', 'net');
  expect(server.received.at(-1)?.body).toEqual({ type: 'flannel_etcd', options: {} });
  expect(await said('get', 'net')).toBe(shown);
  for (const name of [[], ['net']]) expect(await said('list', ...name)).toBe('default\nnet\n');
  expect(await said('delete', 'net')).toBe('Success\n');
});

const mistakes: [words: string[], stderr: RegExp][] = [
  [
    ['container_manager', 'create', '-o', 'server_url', 'm'],
    /--options: "server_url" is not an option\nhint: write it as KEY=/,
  ],
  [['container_manager', 'create', '-o', '{"a"', 'm'], /is not an option/],
  [['container_manager', 'create', '-o', ' =a', 'm'], /"=a" is not an option/],
  [['container_manager', 'create', '-t', 'docker', 'm'], /openshift, kubernetes, trivial/],
  [['network', 'create', '-t', 'vxlan', 'n'], /flannel_etcd, flannel_server/],
];

test.each(mistakes)('%j is a mistake', async (words, stderr) => {
  expect(await commctl(words)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(stderr) });
});
