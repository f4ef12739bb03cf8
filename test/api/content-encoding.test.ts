import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeGroups } from '../../src/api/route-groups.ts';
import { startServer, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const withBody = routeGroups
  .flatMap(({ routes }) => routes)
  .filter(({ body, patch }) => body !== undefined || patch !== undefined)
  .map(({ method, path }) => ({
    method,
    path: path.replaceAll(/:(\w+)/g, (_, name: string) => (name === 'address' ? '127.66.9.9' : 'x')),
  }));

test('there are routes with a body', () => {
  expect(withBody.length).toBeGreaterThan(20);
});

test.each(withBody)('$method $path refuses a gzip body with 415, and says what is taken', async ({ method, path }) => {
  const before = server.dump();
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
  const answer = await server.raw(method, path, { headers, body: gzipSync('{}') });
  expect(JSON.parse(answer.text)).toMatchObject({
    status: 415,
    code: 'encoding_unsupported',
    detail: 'the body has the encoding gzip, which this server does not take',
  });
  expect(answer.headers.get('accept-encoding')).toBe('identity');
  expect(server.dump()).toBe(before);
});

test.each(['br', 'identity, zstd', 'X'.repeat(5000)])('the encoding %s is refused, too', async (encoding) => {
  const answer = await server.raw('PUT', '/api/v0/cluster/web', {
    headers: { 'content-encoding': encoding },
    body: '{}',
  });
  expect(answer.status).toBe(415);
  expect(answer.text.length).toBeLessThan(3000);
});

test.each(['identity', 'Identity', ''])('the encoding "%s" is none', async (encoding) => {
  const answer = await server.raw('PUT', '/api/v0/cluster/web', {
    headers: { 'content-encoding': encoding },
    body: '{}',
  });
  expect([200, 201]).toContain(answer.status);
});

test('a request without a body has no encoding, whatever its header says', async () => {
  const answer = await server.raw('GET', '/api/v0/hosts', { headers: { 'content-encoding': 'gzip' } });
  expect(answer.status).toBe(200);
  const gone = await server.raw('DELETE', '/api/v0/cluster/nothing', { headers: { 'content-encoding': 'gzip' } });
  expect(gone.status).toBe(404);
});
