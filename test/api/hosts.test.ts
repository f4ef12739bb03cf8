import { describe, expect, test } from 'vitest';
import { checkImport } from '../../src/api/import.ts';
import { Access } from '../../src/auth/access.ts';
import { adminGrant } from '../../src/auth/roles.ts';
import { closedPort, startServer, type TestServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { eventNames, expectProblem, importHost, makeCluster, membersOf } from './support.ts';

const key = makeSshKey().privateFile;
const otherKey = makeSshKey().privateFile;
const address = '127.66.0.1';
const path = `/api/v0/host/${address}`;
const registration = { ssh_priv_key: key, port: closedPort };
const fingerprint = `SHA256:${'A'.repeat(43)}`;

describe('registering', () => {
  test('a new host is investigated, and told to be unreachable when it is', async () => {
    await using server = await startServer();
    const { status, body } = await server.request('PUT', path, registration);
    expect([status, body]).toMatchObject([201, { address, status: 'investigating', error: '' }]);
    await settled(server);
    const host = await server.request('GET', path);
    expect(host.body).toMatchObject({ status: 'failed', error: expect.stringContaining(address) });
    expect(await statusOf(server)).toEqual({
      type: 'host_only',
      host: { last_check: '', status: 'failed', error: expect.stringContaining(address) },
      container_manager: {},
    });
  });

  test('the same host again changes nothing and starts nothing', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1');
    await server.request('PUT', path, { ...registration, cluster: 'c1' });
    await settled(server);
    const before = server.dump();
    for (const repeat of [
      { ...registration, cluster: 'c1' },
      registration,
      { ...registration, remote_user: 'somebody', address },
      { ...registration, cluster: '' },
      { ...registration, cluster: null },
    ]) {
      const again = await server.request('PUT', path, repeat);
      expect([again.status, again.body]).toMatchObject([201, { address, status: 'failed' }]);
    }
    expect(server.dump()).toBe(before);
  });

  const conflicts = [
    { body: { ssh_priv_key: otherKey }, code: 'credentials_differ' },
    { body: {}, code: 'credentials_differ' },
    { body: { ssh_priv_key: key, cluster: 'c2' }, code: 'host_not_in_cluster' },
    { body: { ssh_priv_key: key, cluster: 'absent' }, code: 'cluster_unknown' },
    { body: { ssh_priv_key: otherKey, cluster: 'absent' }, code: 'cluster_unknown' },
  ] as const;

  test.each(conflicts)('of a host that is there: $code', async ({ body, code }) => {
    await using server = await startServer();
    await importHost(server, address, { ssh_priv_key: key });
    await makeCluster(server, 'c2');
    const before = server.dump();
    expectProblem(await server.request('PUT', path, body), code);
    expect(server.dump()).toBe(before);
  });

  test('with a cluster is all or nothing', async () => {
    await using server = await startServer();
    const before = server.dump();
    expectProblem(await server.request('PUT', path, { ...registration, cluster: 'c1' }), 'cluster_unknown');
    expect(server.dump()).toBe(before);
    expectProblem(await server.request('GET', `${path}/creds`), 'credentials_not_found');

    await makeCluster(server, 'c1');
    await server.request('PUT', path, { ...registration, cluster: 'c1', host_key: fingerprint });
    expect(await membersOf(server, 'c1')).toEqual([address]);
    expect((await server.request('GET', `${path}/hostkey`)).body).toMatchObject({ fingerprint, source: 'operator' });
  });

  test('takes over nothing that belongs to the server', async () => {
    await using server = await startServer();
    const claims = { status: 'active', os: 5, cpus: '4', memory: [], last_check: null, facts: 'x', error: 5, odd: {} };
    const { body } = await server.request('PUT', path, { ...registration, ...claims });
    expect(body).toEqual({
      address,
      status: 'investigating',
      os: '',
      cpus: 0,
      memory: 0,
      space: 0,
      last_check: '',
      source: '',
      error: '',
      facts: {},
      labels: {},
    });
  });

  const spellings = [
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:0001'],
    ['::ffff:127.66.0.7', '127.66.0.7'],
    ['node7.example.com', 'NODE7.Example.COM.'],
    ['::1', '0:0:0:0:0:0:0:1'],
  ] as const;

  test.each(spellings)('%s and %s are one host', async (one, other) => {
    await using server = await startServer();
    await importHost(server, one);
    const again = await server.request('PUT', `/api/v0/host/${other}`, { address: one });
    expect(again.status).toBe(201);
    expect((await server.request('GET', '/api/v0/hosts')).body).toHaveLength(1);
    expect((await server.request('DELETE', `/api/v0/host/${encodeURIComponent(other)}`)).status).toBe(200);
  });
});

describe('registering oneself', () => {
  const body = JSON.stringify(registration);

  test('the address is that of the connection, whatever a header says', async () => {
    await using server = await startServer();
    const headers = { 'x-forwarded-for': '127.66.9.9', forwarded: 'for=127.66.9.9', 'x-real-ip': '127.66.9.9' };
    const answer = await server.raw('PUT', '/api/v0/host', { body, from: '127.66.0.5', headers });
    expect([answer.status, answer.body]).toMatchObject([201, { address: '127.66.0.5', status: 'investigating' }]);
    expect((await server.request('GET', '/api/v0/hosts')).body).toHaveLength(1);
  });

  test.each([
    ['what the proxy saw counts', '198.51.100.9', '198.51.100.9'],
    ['what the sender made up does not', '203.0.113.1, 198.51.100.9', '198.51.100.9'],
    ['nor do proxies on the way', '198.51.100.9,127.66.1.2 , 127.66.1.3', '198.51.100.9'],
    ['an IPv6 address is one too', '2001:DB8:0::7', '2001:db8::7'],
    ['its port is taken off', '198.51.100.9:54321', '198.51.100.9'],
    ['those of proxies on the way are too', '198.51.100.9:1, 127.66.1.2:80', '198.51.100.9'],
    ['that of an IPv6 address is too', '[2001:DB8:0::7]:54321', '2001:db8::7'],
    ['an IPv6 address in brackets is one', '[2001:db8::7]', '2001:db8::7'],
    ['a proxy that does not say is where it comes from', '', '127.66.1.1'],
  ])('behind a trusted proxy: %s', async (_, forwarded, address) => {
    await using server = await startServer({ trustedProxies: ['127.66.1.0/24'] });
    const headers = { 'x-forwarded-for': forwarded };
    const answer = await server.raw('PUT', '/api/v0/host', { body, from: '127.66.1.1', headers });
    expect([answer.status, answer.body]).toMatchObject([201, { address }]);
    expect(server.log.some((line) => line.includes(`"peer":"${address}"`))).toBe(true);
  });

  test.each([
    ['198.51.100.9, unknown, 127.66.1.2', 'unknown (proxy 127.66.1.2)'],
    ['_hidden', '_hidden (proxy 127.66.1.1)'],
    ['198.51.100.9:543211', '198.51.100.9:543211 (proxy 127.66.1.1)'],
    ['[2001:db8::7', '[2001:db8::7 (proxy 127.66.1.1)'],
    ['198.51.100.9,', ' (proxy 127.66.1.1)'],
  ])('of "%s", which is no address, the proxy is not registered instead', async (forwarded, peer) => {
    await using server = await startServer({ trustedProxies: ['127.66.1.0/24'] });
    const headers = { 'x-forwarded-for': forwarded };
    const answer = await server.raw('PUT', '/api/v0/host', { body, from: '127.66.1.1', headers });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      code: 'invalid_address',
      detail: expect.stringContaining(`the request came from "${peer}", which is no address to register`),
    });
    expect((await server.request('GET', '/api/v0/hosts')).body).toEqual([]);
    expect(server.audit()).toContainEqual(expect.objectContaining({ peer, status: 400 }));
  });

  test('behind any other it is that of the connection', async () => {
    await using server = await startServer({ trustedProxies: ['127.66.1.0/24'] });
    const headers = { 'x-forwarded-for': '198.51.100.9' };
    const answer = await server.raw('PUT', '/api/v0/host', { body, from: '127.66.2.1', headers });
    expect(answer.body).toMatchObject({ address: '127.66.2.1' });
  });

  test('an address in the body counts', async () => {
    await using server = await startServer();
    const named = await server.request('PUT', '/api/v0/host/', { ...registration, address: '127.66.0.6' });
    expect(named.body).toMatchObject({ address: '127.66.0.6' });
  });
});

describe('importing', () => {
  const record = {
    address,
    status: 'active',
    os: 'fedora',
    cpus: 2,
    memory: 11_989_228,
    space: 487_652,
    last_check: '2015-12-17T15:48:18.710454',
    source: 'old',
    error: '',
    facts: { kernel: '6.1' },
    labels: { rack: '3' },
  };

  test('stores the record as it is given and starts nothing', async () => {
    await using server = await startServer();
    const { status, body } = await server.request('PUT', `${path}?import=true`, {
      ...record,
      ssh_priv_key: key,
      odd: 1,
    });
    expect([status, body]).toEqual([201, record]);
    expect((await server.request('GET', path)).body).toEqual(record);
    expect(eventNames(server)).toContain(`host.imported.${address}`);
    expect((await server.request('GET', '/api/v0/operations')).body).toEqual([]);
  });

  test('works with the address in the body, too', async () => {
    await using server = await startServer();
    expect((await server.request('PUT', '/api/v0/host?import=true', record)).body).toEqual(record);
  });

  test('a host of one cluster does not come into another', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', address);
    await makeCluster(server, 'c2');
    const before = server.dump();
    const host = await server.request('PUT', `${path}?import=true`, { ...record, cluster: 'c2' });
    expectProblem(host, 'host_in_other_cluster');
    const cluster = await server.request('PUT', '/api/v0/cluster/c2?import=true', { hostset: [address] });
    expectProblem(cluster, 'host_in_other_cluster');
    expect(server.dump()).toBe(before);
  });

  test('is a permission', () => {
    const identity = { name: 'a', method: '', subjects: [] };
    expect(() => checkImport({ identity, access: new Access([adminGrant]) })).not.toThrow();
    const limited = new Access([{ ...adminGrant, clusters: ['*'] }]);
    expect(() => checkImport({ identity, access: limited })).toThrow(/a lacks the permission record:import/);
  });
});

describe('credentials', () => {
  test('reading them leaves a record of who did', async () => {
    await using server = await startServer();
    await importHost(server, address, { ssh_priv_key: key, remote_user: 'ops', port: 2222 });
    const creds = await server.request('GET', `${path}/creds`);
    expect(creds.body).toEqual({ address, ssh_priv_key: key, remote_user: 'ops', port: 2222 });
    expect(server.events().at(-1)).toEqual({ name: `credentials.read.${address}`, data: { by: 'tester' } });
  });

  test('of a host that is not there are not judged', async () => {
    await using server = await startServer();
    expectProblem(await server.request('PUT', `${path}/creds`, { ssh_priv_key: 'unreadable' }), 'host_not_found');
  });

  test('changing them changes the members given', async () => {
    await using server = await startServer();
    await importHost(server, address, { ssh_priv_key: key, remote_user: 'ops' });
    const changed = await server.request('PUT', `${path}/creds`, { ssh_priv_key: otherKey, unknown: 1 });
    expect([changed.status, changed.body]).toEqual([201, { address, remote_user: 'ops', port: 22 }]);
    const creds = await server.request('GET', `${path}/creds`);
    expect(creds.body).toEqual({ address, ssh_priv_key: otherKey, remote_user: 'ops', port: 22 });
    expect(eventNames(server)).toContain(`credentials.updated.${address}`);
    expectProblem(await server.request('PUT', path, { ssh_priv_key: key }), 'credentials_differ');
  });

  test('a host that had failed is tried with the new ones', async () => {
    await using server = await startServer();
    await importHost(server, address, { status: 'failed', error: 'refused', port: closedPort });
    await server.request('PUT', `${path}/creds`, { ssh_priv_key: key });
    await settled(server);
    expect((await server.request('GET', '/api/v0/operations')).body).toMatchObject([{ kind: 'bootstrap' }]);
  });

  test('are nowhere to be seen: not in the log, not on the disk', async () => {
    await using server = await startServer();
    await importHost(server, address, { ssh_priv_key: key });
    await server.request('PUT', `${path}/creds`, { ssh_priv_key: otherKey });
    await server.request('PUT', path, { ssh_priv_key: `${key}*` });
    const seen = server.dump() + server.log.join('\n');
    for (const secret of [key, otherKey]) expect(seen).not.toContain(secret.slice(100, 140));
  });
});

describe('the host key', () => {
  test('an operator says which one it is, and says so again', async () => {
    await using server = await startServer();
    await importHost(server, address);
    const pinned = {
      address,
      fingerprint,
      algorithm: '',
      public_key: '',
      source: 'operator',
      pinned_at: expect.stringMatching(/^\d{4}-/),
    };
    const put = await server.request('PUT', `${path}/hostkey`, { fingerprint });
    expect([put.status, put.body]).toEqual([201, pinned]);
    expect((await server.request('GET', `${path}/hostkey`)).body).toEqual(put.body);
    const other = `SHA256:${'B'.repeat(43)}`;
    await server.request('PUT', `${path}/hostkey`, { fingerprint: other });
    expect((await server.request('GET', `${path}/hostkey`)).body).toMatchObject({ fingerprint: other });
  });
});

describe('deleting', () => {
  test('takes the membership, the credentials and the host key along', async () => {
    await using server = await startServer();
    await makeCluster(server, 'c1', address, '127.66.0.2');
    await server.request('PUT', `${path}/hostkey`, { fingerprint });
    const answer = await server.request('DELETE', path, {});
    expect([answer.status, answer.body]).toEqual([200, []]);
    expect(await membersOf(server, 'c1')).toEqual(['127.66.0.2']);
    expectProblem(await server.request('GET', `${path}/creds`), 'credentials_not_found');
    expectProblem(await server.request('DELETE', path), 'host_not_found');
    expect(eventNames(server).slice(-2)).toEqual([`host.deleted.${address}`, 'cluster.updated.c1']);

    await importHost(server, address);
    expectProblem(await server.request('GET', `${path}/hostkey`), 'host_key_not_found');
  });

  test('makes room for the same address with another key', async () => {
    await using server = await startServer();
    await importHost(server, address, { ssh_priv_key: key });
    await server.request('DELETE', path);
    const again = await server.request('PUT', path, { ssh_priv_key: otherKey, port: closedPort });
    expect([again.status, again.body]).toMatchObject([201, { status: 'investigating' }]);
    await settled(server);
  });

  test('a body says nothing, not even a broken one', async () => {
    await using server = await startServer();
    await importHost(server, address);
    expect((await server.raw('DELETE', path, { body: '{"address":' })).status).toBe(200);
  });
});

/** Resolves once the host's investigation has ended. */
async function settled(server: TestServer): Promise<void> {
  await expect.poll(async () => (await server.request('GET', path)).body).toMatchObject({ status: 'failed' });
  await expect
    .poll(async () => (await server.request('GET', '/api/v0/status')).body)
    .toMatchObject({
      operations: { running: 0 },
    });
}

async function statusOf(server: TestServer): Promise<unknown> {
  return (await server.request('GET', `${path}/status`)).body;
}
