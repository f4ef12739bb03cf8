import { expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { eventNames, expectProblem } from './support.ts';

const network = '/api/v0/network/overlay';
const etcd = { name: 'overlay', type: 'flannel_etcd', options: {} };

test('the default network is there from the first start, and not made twice', async () => {
  using directory = temporaryDirectory();
  for (const _ of ['first', 'second']) {
    await using server = await startServer({ directory: directory.path });
    expect((await server.request('GET', '/api/v0/networks')).body).toEqual(['default']);
    const shown = { name: 'default', type: 'flannel_etcd', options: {} };
    expect((await server.request('GET', '/api/v0/network/default')).body).toEqual(shown);
    const ofNetworks = eventNames(server).filter((name) => name.startsWith('network.'));
    expect(ofNetworks).toEqual(['network.created.default']);
  }
});

test('one is made with the defaults; the same again changes nothing, another one is refused', async () => {
  await using server = await startServer();
  expect(await server.request('PUT', network)).toMatchObject({ status: 201, body: etcd });
  expect(eventNames(server).at(-1)).toBe('network.created.overlay');
  const before = server.dump();
  expect(await server.request('PUT', network, { type: 'flannel_etcd' })).toMatchObject({ status: 201, body: etcd });
  expectProblem(await server.request('PUT', network, { type: 'flannel_server' }), 'network_differs');
  expectProblem(await server.request('PUT', network, { options: { address: 'x' } }), 'network_differs');
  expect(server.dump()).toBe(before);
});

test('deleting one that is not there is no error; one that a cluster uses stays', async () => {
  await using server = await startServer();
  await server.request('PUT', network);
  await server.request('PUT', '/api/v0/cluster/c1', { network: 'overlay' });
  const used = await server.request('DELETE', network);
  expectProblem(used, 'in_use');
  expect(used.body).toMatchObject({ cluster: 'c1' });
  await server.request('PUT', '/api/v0/cluster/c1', { network: 'default' });
  expect(await server.request('DELETE', network)).toMatchObject({ status: 200, body: [] });
  expect(eventNames(server).at(-1)).toBe('network.deleted.overlay');
  const before = server.dump();
  expect(await server.request('DELETE', network)).toMatchObject({ status: 200, body: [] });
  expect(server.dump()).toBe(before);
});

test('a default network that was deleted is back when a cluster falls back to it', async () => {
  await using server = await startServer();
  await server.request('DELETE', '/api/v0/network/default');
  expect((await server.request('GET', '/api/v0/networks')).body).toEqual([]);
  await server.request('PUT', '/api/v0/cluster/c1');
  expect((await server.request('GET', '/api/v0/networks')).body).toEqual(['default']);
});

test('an import stores one as it is given, in place of another and while a cluster names it', async () => {
  await using server = await startServer();
  await server.request('PUT', network);
  await server.request('PUT', '/api/v0/cluster/c1', { network: 'overlay' });
  const other = { type: 'flannel_server', options: { address: '192.0.2.1:8472' } };
  const imported = await server.request('PUT', `${network}?import=true`, other);
  expect(imported).toMatchObject({ status: 201, body: { name: 'overlay', ...other } });
  expect((await server.request('GET', network)).body).toEqual({ name: 'overlay', ...other });
  expect((await server.request('GET', '/api/v0/cluster/c1')).body).toMatchObject({ network: 'overlay' });
  expect(eventNames(server)).toContain('network.imported.overlay');
  expectProblem(await server.request('PUT', `${network}?import=true`, { type: 'vlan' }), 'invalid_member');
});
