import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { listenDirectly } from '../../src/api/direct-listener.ts';
import { recordingLogger, standingClock } from '../auth/support.ts';
import { until } from '../support/until.ts';

const crowded = fileURLToPath(new URL('./processes/crowded.ts', import.meta.url));

interface Open {
  readonly socket: Socket;
  isClosed(): boolean;
}

/** A connection over which so much was sent. */
async function opened(url: string, sent: string): Promise<Open> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let isClosed = false;
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    isClosed = true;
  });
  socket.resume();
  await once(socket, 'connect');
  socket.write(sent);
  return { socket, isClosed: () => isClosed };
}

const whole = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const part = 'GET / HTTP/1.1\r\nHost: x\r\nX-';

/** A listener that runs out as often as is said. */
function listening() {
  const logger = recordingLogger();
  let looksToRunOut = 0;
  const listener = listenDirectly(async () => new Response('answered'), {
    address: '127.0.0.1',
    port: 0,
    limits: { total: 1, perAddress: 1 },
    isProxy: () => true,
    runningOut() {
      looksToRunOut -= 1;
      return looksToRunOut >= 0;
    },
    clock: standingClock(),
    logger,
  });
  const runOut = (looks: number) => {
    looksToRunOut = looks;
  };
  return { url: listener.url, logger, runOut, [Symbol.asyncDispose]: () => listener.stop() };
}

test('when descriptors run out idle connections are closed, and the others stay where that is enough', async () => {
  await using server = listening();
  const [idle, active] = [await opened(server.url, whole), await opened(server.url, part)];
  await once(idle.socket, 'data');
  server.runOut(1);
  await until(idle.isClosed);
  active.socket.write('Y: z\r\nConnection: close\r\n\r\n');
  const [answer] = await once(active.socket, 'data');
  expect(String(answer)).toContain('200 OK');
  expect(server.logger.lines.filter((line) => line.includes('connections closed'))).toHaveLength(1);
});

test('where it is not, all are closed, and new ones are answered', async () => {
  await using server = listening();
  const all = await Promise.all([whole, part, part].map((sent) => opened(server.url, sent)));
  server.runOut(4);
  await until(() => all.every(({ isClosed }) => isClosed()));
  expect(await (await fetch(server.url)).text()).toBe('answered');
  // Told once, although it ran out twice.
  expect(server.logger.lines.filter((line) => line.includes('connections closed'))).toHaveLength(1);
});

test.skipIf(process.platform !== 'linux')(
  'connections that take all descriptors at once, and come again, do not end the server or keep it from answering',
  async () => {
    const words = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, crowded, '64'];
    const server = spawn('/bin/sh', words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = text(server.stderr);
    const [url] = await once(server.stdout.setEncoding('utf8'), 'data');
    for (let round = 0; round < 3; round += 1) {
      const all = await Promise.all(Array.from({ length: 300 }, () => opened(url.trim(), part)));
      await until(() => all.every(({ isClosed }) => isClosed()));
    }
    expect(await (await fetch(url.trim(), { headers: { connection: 'close' } })).text()).toBe('answered');
    server.kill('SIGTERM');
    expect(await once(server, 'exit')).toEqual([0, null]);
    expect((await said).split('\n').filter((line) => line.includes('error'))).toEqual([]);
  },
);
