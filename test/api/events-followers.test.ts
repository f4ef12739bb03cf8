import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { post, postMany } from '../support/follow.ts';
import { authorization, startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const fast = 950;
const slow = 50;
const steps = 500;
/**
 * What this process, client and server in one, may hold more than before, in MiB, without what nothing refers to any
 * more: how much of that there is goes by how busy the machine is. Queues for who does not read would be 450 more.
 */
const boundMiB = 150;

test('of 1,000 followers 50 do not read: the others get all in order, and memory stays bounded', async () => {
  await using server = await startServer({ tuning: { heartbeat: 1000 } });
  // More than the kernel buffers for a connection, so that who does not read does get stuck.
  await postMany(server, 150, { type: 'user_bulk', data: { text: 'x'.repeat(60_000) } });
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  const stuck = await openAll(server, slow, { query: '?since=0', reads: false });
  const followers = await openAll(server, fast, { query: '?filter=user_step.*.one', reads: true });
  let largest = 0;
  const watching = setInterval(() => {
    Bun.gc(true);
    largest = Math.max(largest, process.memoryUsage.rss());
  }, 100);
  const all: number[] = [];
  const postSteps = async (count: number) => {
    for (let index = 0; index < count; index += 1)
      all.push((await post(server, { type: 'user_step', key: 'one' })).sequence);
  };
  await Promise.all(Array.from({ length: 10 }, () => postSteps(steps / 10)));
  await until(() => followers.every(({ sequences }) => sequences.length >= steps));
  await until(() => server.log.filter((line) => line.includes('cut off a follower of events')).length === slow);
  clearInterval(watching);

  const inOrder = all.toSorted((a, b) => a - b);
  for (const { sequences } of followers) expect(sequences).toEqual(inOrder);
  expect((largest - before) / 1024 / 1024).toBeLessThan(boundMiB);
  for (const { socket } of [...followers, ...stuck]) socket.destroy();
});

interface RawFollower {
  socket: Socket;
  sequences: number[];
}

/** Each with a connection of its own, which `fetch` would not open so many of. Resolves when the server has answered all. */
async function openAll(
  server: TestServer,
  count: number,
  { query, reads }: { query: string; reads: boolean },
): Promise<RawFollower[]> {
  const { hostname, port } = new URL(server.url);
  const head = `GET /api/v0/events${query} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`;
  const answered = Array.from({ length: count }, async () => {
    const socket = connect({ host: hostname, port: Number(port) });
    const follower: RawFollower = { socket, sequences: [] };
    socket.on('error', () => {});
    socket.write(head);
    await new Promise((resolve) => socket.once('data', () => resolve(reads || socket.pause())));
    if (!reads) return follower;
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, sequence] = /^data: \{"sequence":(\d+)/.exec(line) ?? [];
        if (sequence !== undefined) follower.sequences.push(Number(sequence));
      }
    });
    return follower;
  });
  return Promise.all(answered);
}
