import { expect, test } from 'vitest';
import { basicOf, startServer, usersNamed } from '../support/server.ts';
import { expectProblem } from './support.ts';

/** Of a server with somebody who may read what a viewer may. */
const withViewer = {
  'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed('tester', 'looker') }],
  'role-bindings': [
    { role: 'admin', subjects: ['user:tester'] },
    { role: 'viewer', subjects: ['user:looker'] },
  ],
};
const looker = { headers: { authorization: basicOf('looker') } };
const stranger = { headers: { authorization: '' } };

test('anybody may ask whether the server is ready, with a line for each check, without the excluded ones', async () => {
  await using server = await startServer();
  const lines = async (query: string) => {
    const { status, text } = await server.request('GET', `/readyz?${query}`, undefined, stranger);
    return [status, ...text.trim().split('\n')];
  };
  const checks = ['[+]ping ok', '[+]started ok', '[+]store ok', '[+]upgrade ok', '[+]disk ok'];
  expect(await lines('verbose')).toEqual([200, ...checks, 'readyz check passed']);
  const excluded = await lines('verbose=true&exclude=disk,store&exclude=other');
  expect(excluded).toEqual([
    200,
    '[+]ping ok',
    '[+]started ok',
    '[+]store excluded: ok',
    '[+]upgrade ok',
    '[+]disk excluded: ok',
    'warn: there is no check "other" to exclude',
    'readyz check passed',
  ]);
  expect((await server.request('GET', '/readyz?verbose=false', undefined, stranger)).body).toEqual({ status: 'ok' });
});

test('a full disk makes the server not ready, unless that check is excluded', async () => {
  const isFull = { full: false };
  const { openLmdbStore } = await import('../../src/store/lmdb.ts');
  const openStore: typeof openLmdbStore = (options) => {
    const store = openLmdbStore(options);
    const { hasRoomFor } = store;
    store.hasRoomFor = (purpose) => !isFull.full && hasRoomFor.call(store, purpose);
    return store;
  };
  await using server = await startServer({ tuning: { openStore } });
  isFull.full = true;
  expectProblem(await server.request('GET', '/readyz'), 'not_ready');
  const verbose = await server.request('GET', '/readyz?verbose');
  expect([verbose.status, verbose.text]).toEqual([503, expect.stringContaining('[-]disk failed: reason withheld\n')]);
  expect((await server.request('GET', '/readyz?exclude=disk')).status).toBe(200);
  expect((await server.request('GET', '/api/v0/server/checks')).body).toMatchObject({
    ready: false,
    checks: expect.arrayContaining([{ name: 'disk', ok: false, reason: expect.stringContaining('is full') }]),
  });
  isFull.full = false;
  expect((await server.request('GET', '/readyz')).status).toBe(200);
});

test('the directories of the server are shown to those who may read its log', async () => {
  await using server = await startServer({ configuration: withViewer });
  const { body } = await server.request('GET', '/api/v0/server');
  expect(body).toMatchObject({
    name: 'commissaire',
    data_directory: expect.stringContaining('/data'),
    counts: { hosts: 0 },
  });
  const seen = await server.request('GET', '/api/v0/server', undefined, looker);
  expect(seen.status).toBe(200);
  expect(seen.body).not.toHaveProperty('data_directory');
  expect(seen.text).not.toContain('/data');
  expectProblem(await server.request('GET', '/api/v0/logs', undefined, looker), 'forbidden');
});

test('who may not raise the level of the log is told so; a wrong level or token is refused', async () => {
  await using server = await startServer({ configuration: withViewer });
  const ask = (headers: Record<string, string>, as = 'tester') =>
    server.request('GET', '/api/v0/hosts', undefined, { headers: { authorization: basicOf(as), ...headers } });
  expect((await ask({ 'x-log-request': 'debug', 'x-log-token': 'a-1' })).status).toBe(200);
  expectProblem(await ask({ 'x-log-request': 'debug' }, 'looker'), 'forbidden');
  expectProblem(await ask({ 'x-log-token': 'a' }, 'looker'), 'forbidden');
  expectProblem(await ask({ 'x-log-request': 'loud' }), 'invalid_member');
  expectProblem(await ask({ 'x-log-token': 'a b' }), 'invalid_member');
  expectProblem(await ask({ 'x-log-token': 'a'.repeat(129) }), 'invalid_member');
  // Whoever is there may ask whether the server lives.
  const alive = await server.request('GET', '/livez', undefined, { headers: { 'x-log-request': 'debug' } });
  expect(alive.status).toBe(200);
});

test.each(['limit=0', 'limit=10001', 'after=-1', 'level=loud', 'module=shh', 'since=yesterday', 'follow=maybe'])(
  'the log cannot be asked for %s',
  async (query) => {
    await using server = await startServer();
    expectProblem(await server.request('GET', `/api/v0/logs?${query}`), 'invalid_member');
  },
);
