import { describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/connect.ts';
import { connect } from '../../src/client/connect.ts';
import { NoServerError } from '../../src/client/no-server-error.ts';
import { ProblemError } from '../../src/client/problem-error.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { closedEndpoint, json, problem, TestServer } from '../cli/support/server.ts';

const hosts = { 'GET /api/v0/hosts': json([]) };

describe('failover', () => {
  test('moves on to the next server when one cannot be reached, and stays there', async () => {
    using server = new TestServer(hosts);
    const dead = closedEndpoint();
    const hops: unknown[] = [];
    const client = connect({ endpoints: [dead, server.url], onFailover: (hop) => void hops.push(hop) });
    await client.hosts.list();
    await client.hosts.list();
    expect(hops).toEqual([{ from: dead, to: server.url, reason: 'connection refused' }]);
    expect(server.asked).toEqual(['GET /api/v0/hosts', 'GET /api/v0/hosts']);
  });

  test('comes back to the first server when the one it stayed with goes away', async () => {
    using first = new TestServer(hosts);
    const second = new TestServer({ 'GET /api/v0/hosts': json([]) });
    const dead = closedEndpoint();
    const client = connect({ endpoints: [dead, second.url, first.url] });
    await client.hosts.list();
    second[Symbol.dispose]();
    await client.hosts.list();
    expect(first.asked).toEqual(['GET /api/v0/hosts']);
  });

  test('does not move on when a server says no', async () => {
    using first = new TestServer({
      'GET /api/v0/hosts': () => problem(500, { code: 'internal_error', detail: 'oops' }),
    });
    using second = new TestServer(hosts);
    const client = connect({ endpoints: [first.url, second.url] });
    await expect(client.hosts.list()).rejects.toThrow('oops');
    expect(second.asked).toEqual([]);
  });

  test('moves on from a server that does not answer in time', async () => {
    using silent = new TestServer({ 'GET /api/v0/hosts': () => new Promise(() => {}) });
    using server = new TestServer(hosts);
    const client = connect({ endpoints: [silent.url, server.url], requestTimeout: 50 });
    expect(await client.hosts.list()).toEqual([]);
  });

  test('moves on from something that is not a commissaire server', async () => {
    using other = new TestServer({ 'GET /api/v0/hosts': () => new Response('<h1>It works!</h1>') });
    using server = new TestServer(hosts);
    const client = connect({ endpoints: [other.url, server.url] });
    expect(await client.hosts.list()).toEqual([]);
  });

  test('names every server when none can be reached', async () => {
    const [one, two] = [closedEndpoint(), closedEndpoint()];
    const error = await connect({ endpoints: [`${one}/`, two], retries: 0 })
      .hosts.list()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NoServerError);
    expect(String(error)).toBe(
      `NoServerError: No servers could be reached. Tried the following:\n- ${one}: connection refused\n- ${two}: connection refused`,
    );
  });

  test('an aborted call throws the reason of its signal and tries nobody else', async () => {
    const controller = new AbortController();
    using server = new TestServer({
      'GET /api/v0/hosts': () => {
        controller.abort(new Error('enough'));
        return new Promise(() => {});
      },
    });
    using other = new TestServer(hosts);
    const client = connect({ endpoints: [server.url, other.url] });
    await expect(client.hosts.list(controller.signal)).rejects.toThrow('enough');
    expect(other.asked).toEqual([]);
  });
});

/** Time passes as fast as it is slept; what was slept is remembered. */
function sleepingClock(onSleep: (ms: number) => void = () => {}): Clock & { slept: number[] } {
  const slept: number[] = [];
  return {
    ...systemClock,
    slept,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      slept.push(ms);
      onSleep(ms);
    },
  };
}

/** Takes the request and goes away without an answer. */
function deafServer() {
  const server = Bun.listen<undefined>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        taken += 1;
        socket.terminate();
      },
    },
  });
  let taken = 0;
  return {
    url: `http://127.0.0.1:${server.port}`,
    taken: () => taken,
    [Symbol.dispose]: () => server.stop(true),
  };
}

const idempotent: Array<[string, (client: Client) => Promise<unknown>]> = [
  ['GET', ({ hosts }) => hosts.list()],
  ['PUT', ({ hosts }) => hosts.create('h', { ssh_priv_key: 'a2V5' })],
  ['DELETE', ({ hosts }) => hosts.delete('h')],
  ['a merging PATCH', ({ hosts }) => hosts.changeLabels('h', { a: 'b' })],
  ['a POST that changes nothing', ({ operations }) => operations.plan({ kind: 'restart', target: 'h' })],
];

const network = { type: 'flannel_etcd' as const, options: {} };
const others: Array<[string, (client: Client) => Promise<unknown>]> = [
  ['POST', ({ operations }) => operations.start({ kind: 'restart', target: 'h' })],
  ['a PUT that starts something', ({ clusters }) => clusters.start('c', 'restart', {})],
  ['a PUT that compares', ({ clusters }) => clusters.replaceMembers('c', { seen: [], wanted: ['h'] })],
  ['a PUT with a precondition', ({ networks }) => networks.create('n', network, { ifMatch: '"7"' })],
  ['a PUT that only creates', ({ networks }) => networks.create('n', network, { ifNoneMatch: '*' })],
  ['a DELETE with a precondition', ({ networks }) => networks.delete('n', { ifMatch: '"7"' })],
  ['a merging PATCH with a precondition', ({ hosts }) => hosts.changeLabels('h', { a: 'b' }, { ifMatch: '"7"' })],
  ['a JSON Patch', ({ hosts }) => hosts.changeLabels('h', [{ op: 'remove', path: '/a' }])],
  ['the POST of an event', ({ events }) => events.post({ type: 'user' })],
];

describe('trying again', () => {
  test.each(idempotent)('%s is tried again with growing pauses', async (_, call) => {
    using deaf = deafServer();
    const clock = sleepingClock();
    await expect(call(connect({ endpoints: [deaf.url], clock }))).rejects.toThrow(NoServerError);
    expect(clock.slept).toEqual([250, 500, 1000]);
    expect(deaf.taken()).toBe(4);
  });

  test.each(others)('%s whose fate is unknown is neither tried again nor sent elsewhere', async (_, call) => {
    using deaf = deafServer();
    using other = new TestServer({});
    const clock = sleepingClock();
    const error = await call(connect({ endpoints: [deaf.url, other.url], clock })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      tried: [
        { endpoint: deaf.url, reason: 'the connection was closed; it may have done as asked', isUntrusted: false },
      ],
    });
    expect([clock.slept, deaf.taken(), other.asked]).toEqual([[], 1, []]);
  });

  test.each(others)('%s that surely never arrived goes to the next server, once', async (_, call) => {
    using server = new TestServer({});
    const clock = sleepingClock();
    const client = connect({ endpoints: [closedEndpoint(), server.url], clock });
    await expect(call(client)).rejects.toThrow(ProblemError);
    expect(server.asked).toHaveLength(1);
    await expect(call(connect({ endpoints: [closedEndpoint()], clock }))).rejects.toThrow(NoServerError);
    expect(clock.slept).toEqual([]);
  });

  test('the server is found when it comes back meanwhile', async () => {
    const stopped = new TestServer({});
    const { port, url } = stopped;
    stopped[Symbol.dispose]();
    using servers = new DisposableStack();
    const clock = sleepingClock((ms) => ms === 500 && servers.use(new TestServer(hosts, port)));
    expect(await connect({ endpoints: [url], clock }).hosts.list()).toEqual([]);
    expect(clock.slept).toEqual([250, 500]);
  });

  test('the signal ends the pause', async () => {
    const controller = new AbortController();
    const clock = { ...systemClock };
    const listed = connect({ endpoints: [closedEndpoint()], clock, retries: 1000 }).hosts.list(controller.signal);
    controller.abort(new Error('enough'));
    await expect(listed).rejects.toThrow('enough');
  });

  test('a refusal is an answer, which asking again would not change', async () => {
    using server = new TestServer({ 'GET /api/v0/hosts': () => problem(503, { code: 'shutting_down', detail: 'D' }) });
    await expect(connect({ endpoints: [server.url] }).hosts.list()).rejects.toThrow('D');
    expect(server.asked).toHaveLength(1);
  });
});

describe('what is sent', () => {
  test('credentials as UTF-8, with colons in the password', async () => {
    using server = new TestServer(hosts);
    const credentials = { username: 'jürgen', password: 'a:b:ç' };
    await connect({ endpoints: [server.url], credentials }).hosts.list();
    const [scheme, value = ''] = server.received[0]?.headers.get('authorization')?.split(' ') ?? [];
    expect([scheme, Buffer.from(value, 'base64').toString('utf8')]).toEqual(['Basic', 'jürgen:a:b:ç']);
  });

  test('names encoded, so that none can lead to another path', async () => {
    using server = new TestServer({});
    const client = connect({ endpoints: [`${server.url}/`] });
    await expect(client.hosts.get('2001:db8::7')).rejects.toThrow();
    await expect(client.clusters.get('a/../b?c')).rejects.toThrow();
    expect(server.asked).toEqual(['GET /api/v0/host/2001%3Adb8%3A%3A7', 'GET /api/v0/cluster/a%2F..%2Fb%3Fc']);
  });
});

describe('refusals', () => {
  const cases = [
    {
      what: 'a problem document',
      answer: () => problem(409, { code: 'operation_running', title: 'T', detail: 'D', hint: 'H', operation: 'op-7' }),
      expected: { status: 409, code: 'operation_running', detail: 'D', hint: 'H' },
    },
    {
      what: 'a problem document without a detail',
      answer: () => problem(404, { code: 'host_not_found', title: 'No such host' }),
      expected: { status: 404, code: 'host_not_found', detail: 'No such host', hint: undefined },
    },
    {
      what: 'the bare reason of the original',
      answer: () => new Response('Not Found', { status: 404, statusText: 'Not Found' }),
      expected: { status: 404, code: undefined, detail: 'GET /api/v0/hosts was answered with 404 Not Found' },
    },
    {
      what: 'a redirect, which is not followed',
      answer: () => Response.redirect('https://elsewhere.example.com/', 301),
      expected: {
        status: 301,
        code: undefined,
        hint: 'the server is at another address: https://elsewhere.example.com/',
      },
    },
  ];

  test.each(cases)('$what', async ({ answer, expected }) => {
    using server = new TestServer({ 'GET /api/v0/hosts': answer });
    const error = await connect({ endpoints: [server.url] })
      .hosts.list()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject(expected);
  });

  test('carry the id of the request, for whoever reads the log of the server', async () => {
    const answer = new Response('{"detail": "D"}', { status: 409, headers: { 'x-request-id': 'r-7' } });
    using server = new TestServer({ 'GET /api/v0/hosts': () => answer });
    await expect(connect({ endpoints: [server.url] }).hosts.list()).rejects.toMatchObject({ requestId: 'r-7' });
  });

  test('keep the further members of the document', async () => {
    using server = new TestServer({ 'GET /api/v0/hosts': () => problem(409, { detail: 'D', operation: 'op-7' }) });
    const error = await connect({ endpoints: [server.url] })
      .hosts.list()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ members: { operation: 'op-7' } });
  });
});
