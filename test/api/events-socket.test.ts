import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredEvent } from '../../src/store/contract.ts';
import { post, postMany } from '../support/follow.ts';
import { authorization, startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { expectProblem } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

interface Opened extends Disposable {
  readonly messages: unknown[];
  readonly closed: { code: number; reason: string } | undefined;
}

async function open(at: TestServer, query = '', headers: Record<string, string> = {}): Promise<Opened> {
  const socket = new WebSocket(`${at.url.replace('http', 'ws')}/api/v0/events${query}`, {
    headers: { authorization, ...headers },
  });
  const messages: unknown[] = [];
  let closed: Opened['closed'];
  socket.addEventListener('message', ({ data }) => messages.push(JSON.parse(String(data))));
  socket.addEventListener('close', ({ code, reason }) => {
    closed = { code, reason };
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the socket was not opened')));
  });
  return {
    messages,
    get closed() {
      return closed;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

test('each message is an event', async () => {
  using socket = await open(server, '?filter=user_socket');
  await post(server);
  const event = await post(server, { type: 'user_socket', data: { text: 'é\n' } });
  await until(() => socket.messages.length > 0);
  expect(socket.messages).toEqual([event]);
});

test('it goes on from a position, through more than one page', async () => {
  const first = await post(server);
  const all: StoredEvent[] = await Promise.all(Array.from({ length: 300 }, () => post(server, { type: 'user_page' })));
  using socket = await open(server, `?filter=user_page&since=${first.sequence}`);
  await until(() => socket.messages.length === all.length);
  expect(socket.messages).toEqual(all.toSorted((a, b) => a.sequence - b.sequence));
});

test('the end of the server is told, with where to go on', async () => {
  const stopping = await startServer();
  using socket = await open(stopping);
  const [sequence] = await postMany(stopping, 1);
  await until(() => socket.messages.length === 1);
  await stopping[Symbol.asyncDispose]();
  await until(() => socket.closed !== undefined);
  expect(socket.messages.at(-1)).toEqual({ cut_off: { reason: 'the server is stopping', since: sequence } });
  expect(socket.closed).toEqual({ code: 1001, reason: 'the server is stopping' });
});

const handshake = {
  connection: 'Upgrade, close',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

test('nobody gets one without credentials, nor a page of another site', async () => {
  const path = '/api/v0/events';
  expectProblem(
    await server.raw('GET', path, { headers: { ...handshake, authorization: '' } }),
    'credentials_required',
  );
  const foreign = { ...handshake, origin: 'https://elsewhere.example' };
  expectProblem(await server.raw('GET', path, { headers: foreign }), 'forbidden');
  using own = await open(server, '', { origin: server.url });
  expect(own.closed).toBeUndefined();
});

test.each(['graphql-ws', 'mqtt, commissaire'])('the subprotocol %s is not accepted: there is none', async (offered) => {
  const [, port = ''] = /:(\d+)$/.exec(server.url) ?? [];
  const fields = { ...handshake, host: 'localhost', authorization, 'sec-websocket-protocol': offered };
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  const head = Object.entries(fields).map((field) => field.join(': '));
  socket.write(`GET /api/v0/events HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
  expect(String(answer)).not.toMatch(/sec-websocket-protocol/i);
});

test('a handshake that is none is refused', async () => {
  const { 'sec-websocket-key': _, ...incomplete } = handshake;
  expectProblem(await server.raw('GET', '/api/v0/events', { headers: incomplete }), 'invalid_member');
});
