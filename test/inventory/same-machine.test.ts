import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aliceOperatesA, importHost } from '../api/support.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { basicOf, startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const hostKey = (letter: string) => `SHA256:${letter.repeat(43)}`;
const machineId = (digit: string) => digit.repeat(32);

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ configuration: aliceOperatesA });
});
afterEach(() => server[Symbol.asyncDispose]());

const sameAs = async (address: string, options = {}) => {
  const { body } = await server.request('GET', `/api/v0/host/${address}`, undefined, options);
  return (body as { same_machine?: unknown }).same_machine;
};

test('a host with the host key or the machine id of another one shows that, until they differ', async () => {
  await importHost(server, 'h1', { facts: { host_key: hostKey('A'), machine_id: machineId('1') } });
  await importHost(server, 'h2', { facts: { host_key: hostKey('A'), machine_id: machineId('1') } });
  await importHost(server, 'h3', { facts: { host_key: hostKey('A'), machine_id: machineId('2') } });
  await importHost(server, 'h4', { facts: { host_key: 'none/h1', machine_id: '' } });
  const [key, both] = [['host_key'], ['host_key', 'machine_id']];
  expect(await sameAs('h1')).toEqual([
    { address: 'h2', by: both },
    { address: 'h3', by: key },
  ]);
  expect(await sameAs('h4')).toBeUndefined();
  const { headers } = await server.request('GET', '/api/v0/host/h1');
  await importHost(server, 'h2', { facts: { host_key: hostKey('B') } });
  const changed = await server.request('GET', '/api/v0/host/h1', undefined, {
    headers: { 'if-none-match': headers.get('etag') ?? '' },
  });
  expect(changed.body).toMatchObject({ same_machine: [{ address: 'h3', by: key }] });
  await server.request('DELETE', '/api/v0/host/h3');
  expect(await sameAs('h1')).toBeUndefined();
});

test('a registration that names the host key of another host says so, but only to who may see that one', async () => {
  await importHost(server, '127.66.8.1', { facts: { host_key: hostKey('A') } });
  await server.request('PUT', '/api/v0/cluster/a', {});
  const body = { host_key: hostKey('A'), cluster: 'a', port: 1 };
  const seen = [{ address: '127.66.8.1', by: ['host_key'] }];
  const check = (options = {}) => server.request('POST', '/api/v0/host/127.66.8.2/check', body, options);
  expect((await check()).body).toEqual({ result: 'new', differs: [], same_machine: seen });
  const alice = { headers: { authorization: basicOf('alice') } };
  for (const { body: answer } of [
    await check(alice),
    await server.request('PUT', '/api/v0/host/127.66.8.2?details=true', body, alice),
    await server.request('GET', '/api/v0/host/127.66.8.2', undefined, alice),
  ]) {
    expect(JSON.stringify(answer)).not.toContain('127.66.8.1');
  }
  expect((await server.request('PUT', '/api/v0/host/127.66.8.3?details=true', body)).body).toMatchObject({
    same_machine: seen,
  });
});

test('two addresses of one machine are noticed when it is investigated', async () => {
  await using fleet = await withSshdFleet(2);
  for (const { address, port } of fleet.hosts) {
    const body = { ssh_priv_key: readFileSync(fleet.key).toString('base64'), remote_user: fleet.user, port };
    expect((await server.request('PUT', `/api/v0/host/${address}`, body)).status).toBe(201);
  }
  const said = () => server.events().filter(({ name }) => name.startsWith('host.same_machine.'));
  await until(() => said().length > 0);
  const by = ['host_key', 'machine_id'];
  expect(said()[0]?.data).toEqual({ by, hosts: 1 });
  const [first, second] = fleet.hosts.map(({ address }) => address);
  expect(await sameAs(first ?? '')).toEqual([{ address: second, by }]);
});
