import { expect, test } from 'vitest';
import { EndTold } from '../../../src/cli/wait/end-told.ts';
import { connect } from '../../../src/client/connect.ts';
import { type Answer, problem, TestServer } from '../support/server.ts';

const event = { sequence: 7, at: '', type: 'operation', action: 'failed', key: 'op-1', data: {} };

/** A stream that says this, and stays open. */
function streaming(text: string): Answer {
  const stream = () =>
    new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) });
  return () => new Response(stream(), { headers: { 'content-type': 'text/event-stream' } });
}

const never = new Promise<void>(() => {});

test('what waits is woken by the end of the operation, and only once', async () => {
  using server = new TestServer({
    'GET /api/v0/events': streaming(`id: 7\nevent: operation.failed\ndata: ${JSON.stringify(event)}\n\n`),
  });
  using end = new EndTold(connect({ endpoints: [server.url] }), 'op-1', new AbortController().signal);
  await end.orAfter(never);
  expect(server.asked).toEqual(
    ['/api/v0/events?filter=operation.finished.op-1%2Coperation.failed.op-1%2Coperation.cancelled.op-1'].map(
      (path) => `GET ${path}`,
    ),
  );
  const later = Promise.withResolvers<void>();
  let woken = false;
  const waiting = end.orAfter(later.promise).then(() => {
    woken = true;
  });
  await Promise.resolve();
  expect(woken).toBe(false);
  later.resolve();
  await waiting;
});

test.each<[string, Answer]>([
  ['has no events', () => problem(404, { code: 'route_not_found' })],
  ['ends the stream', () => new Response('', { headers: { 'content-type': 'text/event-stream' } })],
  ['only says that it is alive', streaming('id: 6\n\n')],
])('a server that %s wakes nobody', async (_, answer) => {
  using server = new TestServer({ 'GET /api/v0/events': answer });
  using end = new EndTold(connect({ endpoints: [server.url] }), 'op-1', new AbortController().signal);
  const other = Promise.withResolvers<void>();
  const waiting = end.orAfter(other.promise).then(() => 'woken');
  expect(await Promise.race([waiting, Bun.sleep(100).then(() => 'asleep')])).toBe('asleep');
  other.resolve();
  await waiting;
});
