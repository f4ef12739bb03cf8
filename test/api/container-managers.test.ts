import { describe, expect, test } from 'vitest';
import { failure, startKubernetesApi } from '../support/kubernetes.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { eventNames, expectProblem, importHost, makeCluster } from './support.ts';

const path = '/api/v0/containermanager/m';
const server_url = 'https://192.0.2.5:8443';
const token = 'token-of-the-tests';
const password = 'password-of-the-tests';

describe('a record', () => {
  test('is an openshift unless it says otherwise; the same again changes nothing, another one is refused', async () => {
    await using server = await startServer();
    const shown = { name: 'm', type: 'openshift', options: { server_url } };
    const body = { options: { server_url } };
    expect(await server.request('PUT', path, body)).toMatchObject({ status: 201, body: shown });
    expect((await server.request('GET', '/api/v0/containermanagers')).body).toEqual(['m']);
    expect(server.events().at(-1)).toEqual({ name: 'container_manager.created.m', data: { type: 'openshift' } });
    const before = server.dump();
    expect(await server.request('PUT', path, { ...body, type: 'openshift' })).toMatchObject({
      status: 201,
      body: shown,
    });
    for (const other of [{ ...body, type: 'kubernetes' }, { options: { server_url, token } }]) {
      expectProblem(await server.request('PUT', path, other), 'container_manager_differs');
    }
    expect(server.dump()).toBe(before);
  });

  test.each(['openshift', 'kubernetes', 'trivial'])('can be of the type %s', async (type) => {
    await using server = await startServer();
    const options = type === 'trivial' ? {} : { server_url };
    expect((await server.request('PUT', path, { type, options })).body).toEqual({ name: 'm', type, options });
  });

  test('has its secrets masked, and keeps those whose mask comes back', async () => {
    await using server = await startServer();
    const shown = { name: 'm', type: 'kubernetes', options: { server_url, token: '***' } };
    const made = await server.request('PUT', path, { type: 'kubernetes', options: { server_url, token } });
    expect([made.status, made.body]).toEqual([201, shown]);
    expect((await server.request('GET', path)).body).toEqual(shown);
    const before = server.dump();
    expect(before).not.toContain(token);
    // What GET showed, and the token itself, are both the record there is.
    for (const options of [shown.options, { server_url, token }]) {
      expect(await server.request('PUT', path, { ...shown, options })).toMatchObject({ status: 201, body: shown });
    }
    expect(server.dump()).toBe(before);
  });

  test('is changed in what is given', async () => {
    await using server = await startServer();
    await server.request('PUT', path, { options: { server_url, token } });
    const change = async (options: object) => (await server.request('PATCH', path, { options })).body;
    expect(await change({ insecure: 'true' })).toMatchObject({ options: { server_url, token: '***', insecure: true } });
    expect(server.events().at(-1)).toEqual({ name: 'container_manager.updated.m', data: { type: 'openshift' } });
    const before = server.dump();
    expect(await change({ token: '***', insecure: true })).toMatchObject({ options: { token: '***' } });
    expect(server.dump()).toBe(before);
    const other = { token: null, username: 'ops', password };
    expect(await change(other)).toEqual({
      name: 'm',
      type: 'openshift',
      options: { server_url, insecure: true, username: 'ops', password: '***' },
    });
    expectProblem(await server.request('PATCH', path, { options: { server_url: null } }), 'invalid_member');
  });

  test('shows a secret that is kept to no other server', async () => {
    await using server = await startServer();
    await server.request('PUT', path, { options: { server_url, token } });
    const before = server.dump();
    for (const other of ['https://192.0.2.66:8443', 'https://192.0.2.5:9443', 'https://192.0.2.5']) {
      const moved = { server_url: other };
      expectProblem(await server.request('PATCH', path, { options: moved }), 'invalid_member');
      expectProblem(await server.request('PATCH', path, { options: { ...moved, token: '***' } }), 'invalid_member');
      const again = await server.request('PUT', path, { options: { ...moved, token: '***' } });
      expectProblem(again, 'container_manager_differs');
    }
    expect(server.dump()).toBe(before);
    const sameServer = { server_url: `${server_url}/` };
    expect((await server.request('PATCH', path, { options: sameServer })).status).toBe(200);
    const moved = await server.request('PATCH', path, { options: { server_url: 'https://192.0.2.66', token } });
    expect(moved.status).toBe(200);
  });

  test('is deleted, also when it is not there, but not while a cluster uses it', async () => {
    await using server = await startServer();
    await server.request('PUT', path, { options: { server_url } });
    await server.request('PUT', '/api/v0/cluster/c1', { container_manager: 'm' });
    const used = await server.request('DELETE', path);
    expectProblem(used, 'in_use');
    expect(used.body).toMatchObject({ cluster: 'c1' });
    await server.request('PUT', '/api/v0/cluster/c1', { container_manager: '' });
    expect(await server.request('DELETE', path)).toMatchObject({ status: 200, body: [] });
    expect(eventNames(server).at(-1)).toBe('container_manager.deleted.m');
    expect(await server.request('DELETE', path)).toMatchObject({ status: 200, body: [] });
  });
});

describe('the status of a host', () => {
  const host = '127.66.0.1';

  test('has the node itself', async () => {
    using api = await startKubernetesApi({ token });
    await using server = await startServer();
    const options = { server_url: api.url, certificate_authority: api.authority, token };
    await managed(server, { type: 'kubernetes', options }, host);
    api.setReady(host, true);
    expect((await server.request('GET', `/api/v0/host/${host}/status`)).body).toEqual({
      type: 'host_only',
      host: { last_check: '', status: 'active', error: '' },
      container_manager: api.nodes.get(host),
    });
  });

  test('of a trivial manager', async () => {
    await using server = await startServer();
    await server.request('PUT', path, { type: 'trivial' });
    await importHost(server, host);
    await server.request('PUT', '/api/v0/cluster/c1', { container_manager: 'm' });
    await server.request('PUT', `/api/v0/cluster/c1/hosts/${host}`);
    const { body } = await server.request('GET', `/api/v0/host/${host}/status`);
    expect(body).toMatchObject({ container_manager: { node: host, status: 'ok' } });
  });

  test.each(['no cluster', 'no manager', 'unknown manager', 'no node', 'an error'])('is empty: %s', async (why) => {
    using api = await startKubernetesApi();
    await using server = await startServer();
    const options = { server_url: api.url, certificate_authority: api.authority };
    if (why === 'no cluster') await importHost(server, host);
    else await managed(server, { options }, host);
    if (why === 'no manager') await server.request('PUT', '/api/v0/cluster/c1', { container_manager: '' });
    if (why === 'unknown manager') await server.request('PUT', '/api/v0/cluster/c1', { container_manager: 'unknown' });
    if (why === 'an error') api.interfere = () => failure(500, 'InternalError', 'no');
    const { status, body } = await server.request('GET', `/api/v0/host/${host}/status`);
    expect([status, body]).toMatchObject([200, { host: { status: 'active' }, container_manager: {} }]);
  });
});

test('no secret leaves the server, whatever goes wrong', async () => {
  const basic = btoa(`ops:${password}`);
  using tokens = await startKubernetesApi({ token });
  using passwords = await startKubernetesApi({ basic: `ops:${password}` });
  await using server = await startServer();
  const answers: string[] = [];
  const ask = async (method: string, target: string, body?: unknown) => {
    const answer = await server.request(method, target, body);
    answers.push(answer.text, JSON.stringify([...answer.headers]));
  };
  const hosts = ['127.66.0.1', '127.66.0.2'];
  for (const host of hosts) await importHost(server, host);
  const managers = [
    [tokens, { token }],
    [passwords, { username: 'ops', password }],
  ] as const;
  for (const [index, [api, secret]] of managers.entries()) {
    const [manager, cluster] = [`/api/v0/containermanager/m${index}`, `/api/v0/cluster/c${index}`];
    const options = { server_url: api.url, certificate_authority: api.authority, ...secret };
    await ask('PUT', manager, { options });
    await ask('PUT', manager, { options: { ...options, insecure: 'maybe' } });
    await ask('PUT', manager, { options: { ...options, odd: token + password } });
    await ask('PUT', manager, { type: 'kubernetes', options });
    await ask('PUT', manager, { options: { ...options, server_url: `https://ops:${password}@192.0.2.1` } });
    await ask('PATCH', manager, { options: { ...secret, certificate_path: '/a' } });
    await ask('GET', manager);
    await ask('PUT', cluster, { container_manager: `m${index}` });
    api.interfere = (request) => failure(500, 'InternalError', `${request.headers.get('authorization')}`);
    await ask('PUT', `${cluster}/hosts/${hosts[index]}`);
    api.interfere = (request) => new Response(request.headers.get('authorization'));
    await ask('PUT', `${cluster}/hosts/${hosts[index]}`);
    api.interfere = undefined;
    await ask('PUT', `${cluster}/hosts/${hosts[index]}`);
    await ask('GET', `/api/v0/host/${hosts[index]}/status`);
    await ask('DELETE', manager);
  }
  await ask('GET', '/api/v0/events?follow=false&limit=1000');
  expect(tokens.nodes.size + passwords.nodes.size).toBe(2);
  const texts = { answers: answers.join('\n'), log: server.log.join('\n'), store: server.dump() };
  for (const [where, text] of Object.entries(texts)) {
    for (const secret of [token, password, basic])
      expect({ where, found: text.includes(secret) }).toEqual({ where, found: false });
  }
});

/** A cluster whose manager is the one given, with members that were put into it as they are. */
async function managed(server: TestServer, manager: object, ...members: string[]): Promise<void> {
  expect((await server.request('PUT', path, manager)).status).toBe(201);
  await makeCluster(server, 'c1', ...members);
  await server.request('PUT', '/api/v0/cluster/c1', { container_manager: 'm' });
}
