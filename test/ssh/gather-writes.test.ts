import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { gatherWrites } from '../../src/ssh/gather-writes.ts';
import { until } from '../support/until.ts';

/** A connection to a peer that keeps what it reads, piece by piece. */
async function connected(): Promise<AsyncDisposable & { socket: Socket; read: Buffer[]; ended: () => boolean }> {
  const read: Buffer[] = [];
  let ended = false;
  const server = createServer((peer) => {
    peer.on('data', (piece) => read.push(Buffer.from(piece)));
    peer.on('end', () => {
      ended = true;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  const socket = connect({ host: '127.0.0.1', port: bound.port, noDelay: true });
  gatherWrites(socket);
  await once(socket, 'connect');
  return {
    socket,
    read,
    ended: () => ended,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const text = (pieces: readonly Buffer[]) => Buffer.concat(pieces).toString();

test('what is written in one turn arrives as one, and what is written in the next by itself', async () => {
  await using peer = await connected();
  for (const part of ['len', 'gth', 'tag']) peer.socket.write(part);
  await until(() => peer.read.length > 0);
  peer.socket.write('next');
  await until(() => text(peer.read).length === 13);
  expect(peer.read.map(String)).toEqual(['lengthtag', 'next']);
});

test('each write is told when it is done, and the end comes after all of them', async () => {
  await using peer = await connected();
  const done: string[] = [];
  peer.socket.write('a', () => done.push('a'));
  peer.socket.write(Buffer.alloc(1_000_000, 'b'), () => done.push('b'));
  peer.socket.end('c');
  await until(peer.ended);
  expect(text(peer.read)).toBe(`a${'b'.repeat(1_000_000)}c`);
  expect(done).toEqual(['a', 'b']);
});
