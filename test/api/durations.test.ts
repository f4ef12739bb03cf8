import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { expectProblem, makeCluster } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await makeCluster(server, 'web', '127.66.0.1');
});
afterAll(() => server[Symbol.asyncDispose]());

test('the durations of a strategy may have units, and answers have seconds', async () => {
  const strategy = {
    pause_between: '5m',
    timeout: '1h30m',
    run_timeout: 60,
    retry_backoff: '0s',
    reboot_timeout: '20m',
  };
  const body = { kind: 'restart', target: 'cluster:web', strategy: { ...strategy, window: closed } };
  const answer = await server.request('POST', '/api/v0/operations', body);
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({
    strategy: { pause_between: 300, timeout: 5_400, run_timeout: 60, retry_backoff: 0, reboot_timeout: 1_200 },
  });
});

/** The operation must not touch its machine. */
const soon = new Date(Date.now() + 12 * 3_600_000).toISOString();
const closed = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from: soon.slice(11, 16),
  to: later(),
  time_zone: 'UTC',
};

function later(): string {
  return new Date(Date.now() + 13 * 3_600_000).toISOString().slice(11, 16);
}

test.each([
  ['5 minuets', '"5 minuets" is no duration'],
  ['60', '"60" is no duration'],
  ['2w', '"2w" is not from 0s to 7d'],
])('the duration "%s" is refused, with the member and how to write it', async (timeout, problem) => {
  const body = { kind: 'restart', target: 'cluster:web', strategy: { timeout } };
  const answer = await server.request('POST', '/api/v0/operations?plan=true', body);
  expectProblem(answer, 'invalid_member');
  expect(answer.body).toMatchObject({ member: '/strategy/timeout', detail: expect.stringContaining(problem) });
});

test('the reboot timeout of a cluster may have a unit, in a PUT and in a PATCH', async () => {
  const put = await server.request('PUT', '/api/v0/cluster/db', { reboot_timeout: '15m' });
  expect(put.body).toMatchObject({ reboot_timeout: 900 });
  const patched = await server.request('PATCH', '/api/v0/cluster/db', { reboot_timeout: '1h' });
  expect(patched.body).toMatchObject({ reboot_timeout: 3_600 });
  expectProblem(await server.request('PATCH', '/api/v0/cluster/db', { reboot_timeout: '2d' }), 'invalid_member');
  expect((await server.request('GET', '/api/v0/cluster/db')).body).toMatchObject({ reboot_timeout: 3_600 });
});

test('the lifetime of a token may have a unit', async () => {
  const minted = await server.request('POST', '/api/v0/tokens', { kind: 'automation', lifetime: '90d' });
  expect(minted.status).toBe(201);
  const { created_at, expires_at } = Object(minted.body);
  // The end is a whole second.
  const days = (Date.parse(`${expires_at}Z`) - Date.parse(`${created_at}Z`)) / 86_400_000;
  expect(days).toBeCloseTo(90, 4);
  const tooLong = await server.request('POST', '/api/v0/tokens', { kind: 'session', lifetime: '2h' });
  expectProblem(tooLong, 'invalid_member');
});
