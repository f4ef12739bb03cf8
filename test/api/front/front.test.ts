import { readdirSync, readlinkSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RequestHandler } from '../../../src/api/app.ts';
import { listenInFront } from '../../../src/api/front/front.ts';
import { serveRelays } from '../../../src/api/front/inner-server.ts';
import { listen } from '../../../src/api/listener.ts';
import type { ListenOptions } from '../../../src/api/listening.ts';
import type { Transport } from '../../../src/auth/transport.ts';
import { recordingLogger, standingClock } from '../../auth/support.ts';
import { type Authority, type Issued, makeAuthority } from '../../support/certificates.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

const pemOf = ({ certificate, key }: Issued) => `${certificate}\n${key}`;

let authority: Authority;
let server: Issued;
let client: Issued;

beforeAll(async () => {
  authority = await makeAuthority('clients and servers');
  server = await authority.issue({ address: '127.0.0.1' });
  client = await authority.issue({ name: 'jump1' });
});

interface Seen {
  readonly sentBy: string;
  readonly transport: Transport | undefined;
}

/** Answers with what it was sent, and remembers who asked. */
function recording(): { handle: RequestHandler; seen: Seen[] } {
  const seen: Seen[] = [];
  const handle: RequestHandler = async (request, sentBy, connection) => {
    seen.push({ sentBy, transport: connection?.transport });
    return new Response(await request.text());
  };
  return { handle, seen };
}

async function front(handle: RequestHandler, options: Partial<ListenOptions> = {}) {
  const logger = recordingLogger();
  const limits = { total: 1000, perAddress: 500 };
  const surroundings = { limits, isProxy: () => false, clock: standingClock(), logger };
  const listener = await listenInFront(handle, { address: '127.0.0.1', port: 0, ...surroundings, ...options });
  const { port } = new URL(listener.url);
  return { ...listener, port: Number(port), logger, [Symbol.asyncDispose]: () => listener.stop() };
}

function verifying() {
  return { tls: { pem: pemOf(server), clientAuthorities: authority.certificate } };
}

describe('what comes through is as it was sent', () => {
  test('bodies of any size, both ways, on a connection that is kept', async () => {
    const { handle, seen } = recording();
    await using front_ = await front(handle);
    for (const size of [0, 1, 100_000, 8_000_000]) {
      const body = 'x'.repeat(size);
      const answer = await fetch(front_.url, { method: 'POST', body });
      expect((await answer.text()).length).toBe(size);
    }
    expect(seen[0]).toEqual({ sentBy: '127.0.0.1', transport: { kind: 'plain' } });
  });

  test('the address of the peer is the real one', async () => {
    const { handle, seen } = recording();
    await using front_ = await front(handle);
    await rawRequest(front_.url, 'GET', '/', { from: '127.0.0.7' });
    expect(seen[0]?.sentBy).toBe('127.0.0.7');
  });

  test('a stream arrives piece by piece, and its end is heard of when the reader goes away', async () => {
    let isCancelled = false;
    const encoder = new TextEncoder();
    const streaming: RequestHandler = async () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(encoder.encode('first')),
          cancel: () => {
            isCancelled = true;
          },
        }),
      );
    await using front_ = await front(streaming, verifying());
    const tls = { ca: authority.certificate, cert: client.certificate, key: client.key };
    const leaving = new AbortController();
    const answer = await fetch(front_.url, { tls, signal: leaving.signal });
    const reader = answer.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first');
    leaving.abort();
    await until(() => isCancelled);
  });

  test('a WebSocket works', async () => {
    const greeting: RequestHandler = async (_request, _sentBy, connection) => {
      const nothing = () => {};
      connection?.upgrade({ open: (socket) => void socket.send('hello'), drain: nothing, close: nothing });
      return new Response(null, { status: 101 });
    };
    await using front_ = await front(greeting, verifying());
    const tls = { ca: authority.certificate, cert: client.certificate, key: client.key };
    const socket = new WebSocket(front_.url.replace('https', 'wss'), { tls });
    const said = await new Promise((resolve) => {
      socket.onmessage = ({ data }) => resolve(data);
    });
    expect(said).toBe('hello');
    socket.close();
  });
});

describe('client certificates', () => {
  test('reach whoever decides, also when a session is resumed', async () => {
    const { handle, seen } = recording();
    await using front_ = await front(handle, verifying());
    const session = await requestOver(front_.port, { maxVersion: 'TLSv1.2' });
    await requestOver(front_.port, { maxVersion: 'TLSv1.2', session });
    await requestOver(front_.port, {});
    expect(seen).toHaveLength(3);
    for (const { transport } of seen) {
      expect(transport?.kind === 'tls' && transport.certificate?.subject).toBe('CN=jump1');
    }
  });

  test.each<[string, () => Promise<Partial<Issued>>]>([
    ['none', async () => ({})],
    ['one of another authority', async () => (await makeAuthority('others')).issue({ name: 'jump1' })],
  ])('%s ends the handshake, and nothing is answered', async (_, shown) => {
    const { handle, seen } = recording();
    await using front_ = await front(handle, verifying());
    const { certificate: cert, key } = await shown();
    const own = cert === undefined || key === undefined ? {} : { cert, key };
    await expect(fetch(front_.url, { tls: { ca: authority.certificate, ...own } })).rejects.toThrow();
    expect(seen).toEqual([]);
  });

  test('of authorities that are replaced count no longer, nor do sessions of before', async () => {
    const { handle, seen } = recording();
    await using front_ = await front(handle, verifying());
    const session = await requestOver(front_.port, { maxVersion: 'TLSv1.2' });
    const others = await makeAuthority('others');
    front_.replaceTls?.({ pem: pemOf(server), clientAuthorities: others.certificate });
    await expect(requestOver(front_.port, { maxVersion: 'TLSv1.2', session })).rejects.toThrow();
    const { certificate: cert, key } = await others.issue({ name: 'new' });
    await fetch(front_.url, { tls: { ca: authority.certificate, cert, key } });
    const last = seen.at(-1)?.transport;
    expect(last?.kind === 'tls' && last.certificate?.subject).toBe('CN=new');
  });

  /** One request with the client certificate. Resolves with the session, for the next. */
  function requestOver(port: number, options: { maxVersion?: 'TLSv1.2'; session?: Buffer }): Promise<Buffer> {
    const own = { ca: authority.certificate, cert: client.certificate, key: client.key };
    return new Promise((resolve, reject) => {
      const socket: TLSSocket = connectTls({ host: '127.0.0.1', port, ...own, ...options }, () => {
        socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      });
      let received = '';
      let session: Buffer | undefined;
      socket.on('session', (next) => {
        session = next;
      });
      socket.on('data', (chunk) => {
        received += chunk;
        session ??= socket.getSession();
      });
      socket.on('error', reject);
      socket.on('close', () => {
        if (received.startsWith('HTTP/1.1 200')) resolve(session ?? Buffer.alloc(0));
        else reject(new Error(`no answer: ${received}`));
      });
    });
  }
});

describe('hostile peers do not stall others', () => {
  const idle = (port: number, from: string) => quiet(connectPlain({ port, host: '127.0.0.1', localAddress: from }));

  function quiet(socket: Socket): Socket {
    socket.on('error', () => {});
    return socket;
  }

  /** Resolves when the server has closed it. */
  const closed = (socket: Socket) => until(() => socket.destroyed);

  test('who opens 200 connections, 100 handshakes, and drips a head costs nobody else anything', async () => {
    const { handle } = recording();
    await using plain = await front(handle);
    await using tls = await front(handle, { tls: { pem: pemOf(server) } });
    const sockets = Array.from({ length: 200 }, () => idle(plain.port, '127.0.0.2'));
    for (let index = 0; index < 100; index += 1) {
      const half = idle(tls.port, '127.0.0.2');
      half.write(Buffer.from('1603010200010001fc0303', 'hex'));
      sockets.push(half);
    }
    for (const socket of sockets.slice(0, 50)) socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ');
    await Promise.all(sockets.map((socket) => until(() => !socket.connecting)));
    const answers = await Promise.all(
      [plain.url, tls.url].flatMap((url) =>
        Array.from({ length: 20 }, () =>
          fetch(url, { method: 'POST', body: 'me', tls: { ca: authority.certificate } }).then((it) => it.text()),
        ),
      ),
    );
    expect(new Set(answers)).toEqual(new Set(['me']));
    for (const socket of sockets) socket.destroy();
  });

  test('a head that drips is cut off, although a byte comes every moment', async () => {
    const { handle, seen } = recording();
    await using front_ = await front(handle);
    const limits = { total: 9, perAddress: 9 };
    const surroundings = { limits, isProxy: () => false, runningOut: () => false, clock: standingClock() };
    const direct = await listen(handle, { address: '127.0.0.1', port: 0, ...surroundings, logger: recordingLogger() });
    const ports = [front_.port, Number(new URL(direct.url).port)];
    const dripping = ports.map((port) => idle(port, '127.0.0.2'));
    for (const socket of dripping) socket.resume().write('GET / HTTP/1.1\r\nHost: x\r\nX-Drip: ');
    const drip = setInterval(() => {
      for (const socket of dripping) socket.write('a');
    }, 200);
    await Promise.all(dripping.map(closed));
    clearInterval(drip);
    expect(seen).toEqual([]);
    await direct.stop();
  });

  test('a handshake has a deadline', async () => {
    const { handle } = recording();
    await using front_ = await front(handle, { tls: { pem: pemOf(server) }, handshakeTimeout: 100 });
    const silent = idle(front_.port, '127.0.0.2');
    silent.resume();
    await closed(silent);
  });

  test('plain HTTP to a TLS port is closed', async () => {
    const { handle, seen } = recording();
    await using front_ = await front(handle, { tls: { pem: pemOf(server) } });
    const lost = idle(front_.port, '127.0.0.2');
    lost.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    lost.resume();
    await closed(lost);
    expect(seen).toEqual([]);
  });

  test('one address gets its share, and leaves room for others even when it came first', async () => {
    const { handle } = recording();
    await using front_ = await front(handle, { limits: { total: 8, perAddress: 6 } });
    const greedy = Array.from({ length: 10 }, () => idle(front_.port, '127.0.0.2'));
    for (const socket of greedy) socket.resume();
    await until(() => greedy.filter((socket) => socket.destroyed).length === 4);
    const others = ['127.0.0.3', '127.0.0.4', '127.0.0.5'].map((from) => idle(front_.port, from));
    await until(() => greedy.filter((socket) => socket.destroyed).length >= 5);
    expect((await rawRequest(front_.url, 'GET', '/', { from: '127.0.0.6' })).status).toBe(200);
    expect(front_.logger.lines[0]).toMatch(/connections refused .*"peer":"127.0.0.2","reason":"too many from this/);
    for (const socket of [...greedy, ...others]) socket.destroy();
  });
});

test('the server behind the front answers nobody who did not come through it', async () => {
  const { handle, seen } = recording();
  const inner = serveRelays(handle, new AbortController().signal);
  expect((await fetch(`http://127.0.0.1:${inner.port}/`)).status).toBe(403);
  expect(seen).toEqual([]);
  await inner.server.stop(true);
});

test('the port of a relay opens the server behind the front from no other address', async () => {
  const { handle, seen } = recording();
  const inner = serveRelays(handle, new AbortController().signal);
  const options = { host: '127.0.0.1', port: inner.port, localAddress: '127.0.0.2' };
  const socket = connectPlain(options);
  await new Promise((resolve) => socket.once('connect', resolve));
  // Another process of the machine takes the port that a relay has, from an address that the relay does not have.
  inner.announce(socket.localPort ?? 0, { sentBy: '192.0.2.7', transport: { kind: 'tls', certificate: undefined } });
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await until(() => socket.destroyed);
  expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  expect(seen).toEqual([]);
  await inner.server.stop(true);
});

test('what is under way when the server stops is answered', async () => {
  const { promise: release, resolve } = Promise.withResolvers<void>();
  let isAsked = false;
  const slow: RequestHandler = async () => {
    isAsked = true;
    await release;
    return new Response('done');
  };
  const front_ = await front(slow);
  const answer = fetch(front_.url, { headers: { connection: 'close' } });
  await until(() => isAsked);
  const stopped = front_.stop();
  resolve();
  expect(await (await answer).text()).toBe('done');
  await stopped;
});

test.skipIf(process.platform !== 'linux')('a certificate that cannot be used leaves nothing open', async () => {
  const sockets = () => readdirSync('/proc/self/fd').flatMap((fd) => socketOf(fd) ?? []);
  const before = sockets().length;
  await expect(front(recording().handle, { tls: { pem: 'none', clientAuthorities: undefined } })).rejects.toThrow();
  expect(sockets().length).toBe(before);
});

test('a port that is taken is told', async () => {
  const { handle } = recording();
  await using one = await front(handle);
  await expect(front(handle, { port: one.port })).rejects.toThrow(
    `cannot listen on 127.0.0.1 port ${one.port}: EADDRINUSE`,
  );
});

test.each([
  ['0.0.0.0', '-tls1_1', false],
  ['0.0.0.0', '-tls1_2', true],
  ['127.0.0.1', '-tls1', false],
  ['127.0.0.1', '-tls1_1', false],
  ['127.0.0.1', '-tls1_2', true],
  ['127.0.0.1', '-tls1_3', true],
])('on %s openssl s_client %s gets a session: %s', async (address, version, isDone) => {
  const surroundings = { limits: { total: 10, perAddress: 10 }, isProxy: () => false, runningOut: () => false };
  const listener = await listen(recording().handle, {
    address,
    port: 0,
    tls: { pem: pemOf(server) },
    ...surroundings,
    clock: standingClock(),
    logger: recordingLogger(),
  });
  const { port } = new URL(listener.url);
  // Without the cipher openssl itself would not offer the old versions.
  const words = ['s_client', '-connect', `127.0.0.1:${port}`, version, '-cipher', 'DEFAULT@SECLEVEL=0'];
  const tried = Bun.spawn(['openssl', ...words], { stdin: new Blob(['']), stdout: 'pipe', stderr: 'ignore' });
  expect(/^New, TLSv1/m.test(await tried.stdout.text())).toBe(isDone);
  await listener.stop();
});

/** Undefined for a descriptor of anything else, and for one that is closed by now. */
function socketOf(fd: string): string | undefined {
  try {
    const target = readlinkSync(`/proc/self/fd/${fd}`);
    return target.startsWith('socket:') ? target : undefined;
  } catch {
    return undefined;
  }
}
