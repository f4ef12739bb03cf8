import { describe, expect, test } from 'vitest';
import { closedPort, startServer } from '../support/server.ts';
import { eventNames, expectProblem, importHost, makeCluster } from './support.ts';

const address = '127.66.0.1';
const path = `/api/v0/host/${address}`;
const many = (count: number, from = 0) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index + from}`, 'v']));

test('labels are replaced, merged and removed, and the host shows them', async () => {
  await using server = await startServer();
  await importHost(server, address);
  const labels = async (method: string, body?: object) => (await server.request(method, `${path}/labels`, body)).body;
  expect(await labels('GET')).toEqual({});
  expect(await labels('PUT', { role: 'db', rack: '3' })).toEqual({ rack: '3', role: 'db' });
  expect(await labels('PATCH', { rack: '4', zone: 'a/b:c@d', role: null, absent: null })).toEqual({
    rack: '4',
    zone: 'a/b:c@d',
  });
  expect((await server.request('GET', path)).body).toMatchObject({ labels: { rack: '4', zone: 'a/b:c@d' } });
  expect(await labels('PUT', { empty: '' })).toEqual({ empty: '' });
  expect(await labels('PUT', {})).toEqual({});
  const last = { name: `host.labelled.${address}`, data: { labels: {} } };
  expect(server.events().at(-1)).toEqual(last);
});

test('a change that changes nothing stores nothing', async () => {
  await using server = await startServer();
  await importHost(server, address, { labels: { rack: '3' } });
  const before = server.dump();
  for (const [method, body] of [
    ['PUT', { rack: '3' }],
    ['PATCH', { rack: '3', absent: null }],
    ['PATCH', {}],
  ] as const) {
    const { status, body: labels } = await server.request(method, `${path}/labels`, body);
    expect([status, labels]).toEqual([200, { rack: '3' }]);
  }
  expect(server.dump()).toBe(before);
  expect(eventNames(server)).not.toContain(`host.labelled.${address}`);
});

test('64 are the most, counted after the change', async () => {
  await using server = await startServer();
  await importHost(server, address);
  expect((await server.request('PUT', `${path}/labels`, many(64))).status).toBe(200);
  expectProblem(await server.request('PATCH', `${path}/labels`, { more: '' }), 'invalid_member');
  expect((await server.request('PATCH', `${path}/labels`, { more: '', k0: null })).status).toBe(200);
  const wrongNull = await server.request('PUT', `${path}/labels`, { more: null });
  expectProblem(wrongNull, 'invalid_member');
});

test('a key with a meaning in JavaScript has none here', async () => {
  await using server = await startServer();
  await importHost(server, address);
  const body = '{"__proto__": "x", "constructor": "y"}';
  expect((await server.raw('PUT', `${path}/labels`, { body })).text).toBe('{"__proto__":"x","constructor":"y"}');
  expect((await server.raw('GET', `${path}/labels`)).text).toBe('{"__proto__":"x","constructor":"y"}');
  const found = await server.request('GET', '/api/v0/hosts?target=label:__proto__=x');
  expect(found.body).toMatchObject([{ address }]);
});

test('a registration carries labels, and repeating it leaves them alone', async () => {
  await using server = await startServer();
  const registration = { port: closedPort, labels: { rack: '3' } };
  const created = await server.request('PUT', path, registration);
  expect(created.body).toMatchObject({ status: 'investigating', labels: { rack: '3' } });
  await server.request('PATCH', `${path}/labels`, { rack: '4' });
  expect((await server.request('PUT', path, registration)).body).toMatchObject({ labels: { rack: '4' } });
});

describe('GET /hosts?target=', () => {
  test('shows the hosts of the target, in its order', async () => {
    await using server = await startServer();
    await makeCluster(server, 'web', '127.66.0.3', '127.66.0.1', '127.66.0.2');
    for (const last of [1, 3]) await server.request('PUT', `/api/v0/host/127.66.0.${last}/labels`, { rack: '3' });
    const addresses = async (target: string) => {
      const { body } = await server.request('GET', `/api/v0/hosts?target=${encodeURIComponent(target)}`);
      return Array.isArray(body) ? body.map((host) => host.address) : body;
    };
    expect(await addresses('cluster:web & label:rack=3')).toEqual(['127.66.0.3', '127.66.0.1']);
    expect(await addresses('cluster:web - 127.66.0.[3-9]')).toEqual(['127.66.0.1', '127.66.0.2']);
    expect(await addresses('label:rack=4')).toEqual([]);
  });

  test('a mistake is shown at its place', async () => {
    await using server = await startServer();
    const answer = await server.request('GET', '/api/v0/hosts?target=all%20%26%20rack:3');
    expectProblem(answer, 'invalid_target');
    expect(answer.body).toMatchObject({ position: 7, detail: expect.stringContaining('\n        ^') });
  });
});

test.each(['0', '86401', 'ten', ''])(
  'the label reboot_timeout=%s is refused, as the server reads it',
  async (value) => {
    await using server = await startServer();
    await importHost(server, address);
    const labels = { reboot_timeout: value };
    for (const method of ['PUT', 'PATCH'])
      expectProblem(await server.request(method, `${path}/labels`, labels), 'invalid_member');
    expect((await server.request('PATCH', `${path}/labels`, { reboot_timeout: '1800' })).status).toBe(200);
  },
);
