import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventNames, expectProblem } from '../api/support.ts';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { failure, type KubernetesApi, startKubernetesApi } from '../support/kubernetes.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

let fleet: Fleet & AsyncDisposable;
beforeAll(async () => {
  fleet = await withSshdFleet(1);
});
afterAll(() => fleet[Symbol.asyncDispose]());

interface Site extends AsyncDisposable {
  api: KubernetesApi;
  server: TestServer;
  address: string;
  /** Resolves once the host is active and nothing is done with it any more. */
  ready(): Promise<void>;
}

/** A cluster with a container manager, into which a machine behind a real sshd is just being registered. */
async function site(prepare: (api: KubernetesApi) => void = () => {}): Promise<Site> {
  const api = await startKubernetesApi();
  prepare(api);
  const server = await startServer({ tuning: { nodePause: 20 } });
  const options = { server_url: api.url, certificate_authority: api.authority };
  await server.request('PUT', '/api/v0/containermanager/m', { options });
  await server.request('PUT', '/api/v0/cluster/c1', { container_manager: 'm' });
  const [host] = fleet.hosts;
  if (host === undefined) throw new Error('the fleet is empty');
  const { address, port } = host;
  const ssh_priv_key = readFileSync(fleet.key).toString('base64');
  const login = { ssh_priv_key, remote_user: fleet.user, port };
  const registered = await server.request('PUT', `/api/v0/host/${address}`, { ...login, cluster: 'c1' });
  expect(registered.status).toBe(201);
  return {
    api,
    server,
    address,
    async ready() {
      await ended(server, 'bootstrap');
      expect(await hostOf(server, address)).toEqual({ status: 'active', error: '' });
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      api[Symbol.dispose]();
    },
  };
}

async function hostOf(server: TestServer, address: string): Promise<{ status: unknown; error: unknown }> {
  const { status, error } = Object((await server.request('GET', `/api/v0/host/${address}`)).body);
  return { status, error };
}

/** The operation of a kind once it has ended. */
async function ended(server: TestServer, kind: string): Promise<unknown> {
  const found = async () => {
    const { body } = await server.request('GET', '/api/v0/operations');
    const operation = [body]
      .flat()
      .map(Object)
      .find((each) => each.kind === kind && each.finished_at !== '');
    return operation === undefined
      ? undefined
      : (await server.request('GET', `/api/v0/operation/${operation.id}`)).body;
  };
  await until(async () => (await found()) !== undefined);
  return found();
}

describe('a new host of a managed cluster', () => {
  test('is a node once it is set up, and active', async () => {
    await using parts = await site();
    const { api, server, address } = parts;
    await parts.ready();
    expect([...api.nodes.keys()]).toEqual([address]);
    expect(await ended(server, 'bootstrap')).toMatchObject({ status: 'finished' });
    // Not before it is set up: first what the machine is, then disassociated, then this.
    const updates = eventNames(server).filter((name) => name === `host.updated.${address}`);
    expect(updates.length).toBe(3);
  });

  test('is a usable host all the same when the manager fails, and says why it is no node', async () => {
    const failing = (api: KubernetesApi) => {
      api.interfere = () => failure(500, 'InternalError', 'etcd is gone');
    };
    await using parts = await site(failing);
    const { api, server, address } = parts;
    expect(await ended(server, 'bootstrap')).toMatchObject({
      status: 'failed',
      results: [{ state: 'failed', error: { code: 'container_manager_failed' } }],
    });
    const error = expect.stringContaining('it answered 500: etcd is gone');
    expect(await hostOf(server, address)).toEqual({ status: 'disassociated', error });
    api.interfere = undefined;
    expect((await server.request('PUT', `/api/v0/cluster/c1/hosts/${address}`)).status).toBe(200);
    expect(await hostOf(server, address)).toEqual({ status: 'active', error: '' });
    expect([...api.nodes.keys()]).toEqual([address]);
  });
});

describe('the gate node_ready', () => {
  const gated = (address: string, healthy_deadline: number, command = 'true') => ({
    kind: 'exec',
    target: `host:${address}`,
    parameters: { command },
    strategy: { gates: [{ node_ready: true }], healthy_deadline },
  });

  test('waits until the manager calls the node ready', async () => {
    await using parts = await site();
    const { api, server, address } = parts;
    await parts.ready();
    api.setReady(address, false);
    const asked = api.asked.length;
    expect((await server.request('POST', '/api/v0/operations', gated(address, 3_600))).status).toBe(201);
    // It has been asked for, and told that it is not.
    await until(() => api.asked.length >= asked + 2);
    const { body } = await server.request('GET', '/api/v0/operations?limit=1');
    expect(body).toMatchObject([{ kind: 'exec', status: 'in_process', counts: { running: 1 } }]);
    api.setReady(address, true);
    expect(await ended(server, 'exec')).toMatchObject({ status: 'finished', results: [{ state: 'succeeded' }] });
  });

  test('fails the host when that does not come about, and says what the manager says', async () => {
    await using parts = await site();
    const { api, server, address } = parts;
    await parts.ready();
    api.setReady(address, false);
    await server.request('POST', '/api/v0/operations', gated(address, 0));
    const message = expect.stringMatching(/its node is ready.*its condition Ready is not True: PLEG is not healthy/);
    expect(await ended(server, 'exec')).toMatchObject({
      status: 'failed',
      results: [{ state: 'failed', exit_code: 0, error: { code: 'gate_failed', message } }],
    });
  });

  test('is refused beforehand for a host that is a node of nothing', async () => {
    await using parts = await site();
    const { server, address } = parts;
    await parts.ready();
    const plan = await server.request('POST', '/api/v0/operations?plan=true', gated(address, 1));
    expect(plan.body).toMatchObject({ gates: ['its node is ready, says the container manager'] });
    await server.request('DELETE', `/api/v0/cluster/c1/hosts/${address}`);
    for (const query of ['', '?plan=true']) {
      const answer = await server.request('POST', `/api/v0/operations${query}`, gated(address, 1));
      expectProblem(answer, 'invalid_member');
      expect(answer.body).toMatchObject({ member: '/strategy/gates', host: address });
    }
  });

  test('fails a host that is taken out of its cluster meanwhile', async () => {
    await using parts = await site();
    const { server, address } = parts;
    await parts.ready();
    using directory = temporaryDirectory();
    // The machine is this one: it waits until it may go on.
    const [begun, go] = [join(directory.path, 'begun'), join(directory.path, 'go')];
    const command = `touch ${begun}; until [ -e ${go} ]; do sleep 0.05; done`;
    await server.request('POST', '/api/v0/operations', gated(address, 0, command));
    await until(() => existsSync(begun));
    const member = `/api/v0/cluster/c1/hosts/${address}`;
    expectProblem(await server.request('DELETE', member), 'operation_running');
    expect((await server.request('DELETE', `${member}?force=true`)).status).toBe(200);
    writeFileSync(go, '');
    const message = expect.stringContaining('it is in no cluster that has a container manager');
    expect(await ended(server, 'exec')).toMatchObject({ results: [{ error: { code: 'gate_failed', message } }] });
  });
});
