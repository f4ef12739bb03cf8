import { CompactEncrypt } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { expectDocumented } from './documented.ts';
import { eventNames, expectProblem } from './support.ts';

const base = '/api/v0/secrets';
const mark = 'marked-5ecret';

let server: TestServer;
beforeEach(async () => {
  server = await startServer({ onAnswer: expectDocumented });
});
afterEach(() => server[Symbol.asyncDispose]());

const ask = (method: string, path: string, body?: unknown) => server.request(method, base + path, body);
const put = (path: string, value = mark) => ask('PUT', path, { type: 'simple', value });

test('what a tool of Custodia does: a container, a key in it, and back', async () => {
  expect((await ask('POST', '/web/')).status).toBe(201);
  expectProblem(await ask('POST', '/web/'), 'secret_exists');
  expect((await put('/web/password')).status).toBe(201);
  expectProblem(await put('/web/password', 'another'), 'secret_exists');
  expect((await ask('GET', '/web/password')).body).toEqual({ type: 'simple', value: mark });
  expect((await ask('GET', '/web/')).body).toEqual(['password']);
  expectProblem(await ask('DELETE', '/web/'), 'container_not_empty');
  const gone = await ask('DELETE', '/web/password');
  expect([gone.status, gone.text]).toEqual([204, '']);
  expectProblem(await ask('DELETE', '/web/password'), 'secret_not_found');
  expect((await ask('DELETE', '/web/')).status).toBe(204);
  expectProblem(await ask('GET', '/web/'), 'secret_not_found');
  expect(eventNames(server).filter((name) => name.startsWith('secret.'))).toEqual([
    'secret.created.web/',
    'secret.created.web/password',
    'secret.deleted.web/password',
    'secret.deleted.web/',
  ]);
});

test('containers are nested, and list what is directly in them', async () => {
  for (const path of ['/a/', '/a/b/', '/a/b/c/', '/ab/']) expect((await ask('POST', path)).status).toBe(201);
  for (const path of ['/top', '/a/one', '/a/b/two', '/a/b/c/three', '/ab/four'])
    expect((await put(path)).status).toBe(201);
  expect((await ask('GET', '/a/')).body).toEqual(['b/', 'one']);
  expect((await ask('GET', '/a/b/')).body).toEqual(['c/', 'two']);
  for (const root of ['', '/']) expect((await ask('GET', root)).body).toEqual(['a/', 'ab/', 'top']);
  // As a client sends it that encodes slashes.
  expect((await ask('GET', '/a%2Fb%2Fc%2Fthree')).body).toEqual({ type: 'simple', value: mark });
  expect((await ask('GET', '/a%2Fb%2F')).body).toEqual(['c/', 'two']);
});

test('a slash at the end is a container and without one it is a key', async () => {
  await ask('POST', '/web/');
  expectProblem(await ask('GET', '/web'), 'secret_not_found');
  expectProblem(await put('/web'), 'secret_exists');
  expectProblem(await put('/web/'), 'method_not_allowed');
  expectProblem(await ask('POST', '/web'), 'invalid_name');
  await put('/key');
  expectProblem(await ask('GET', '/key/'), 'secret_not_found');
  expectProblem(await ask('POST', '/key/'), 'secret_exists');
  expectProblem(await put('/key/inside'), 'secret_not_found');
  expectProblem(await put('/absent/key'), 'secret_not_found');
  expectProblem(await ask('POST', '/absent/inner/'), 'secret_not_found');
});

test('the outermost container is there, and stays', async () => {
  const before = server.dump();
  expectProblem(await ask('POST', '/'), 'secret_exists');
  expectProblem(await ask('DELETE', '/'), 'container_not_empty');
  expect(server.dump()).toBe(before);
});

test('bytes come back as the same bytes, and as base64 in JSON', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  const headers = { 'content-type': 'application/octet-stream' };
  expect((await server.raw('PUT', `${base}/bytes`, { headers, body: bytes })).status).toBe(201);
  const base64 = Buffer.from(bytes).toString('base64');
  expect((await ask('GET', '/bytes')).body).toEqual({ type: 'simple', value: base64 });
  const accept = { headers: { accept: 'application/octet-stream' } };
  const raw = await fetchRaw('/bytes');
  expect(raw).toEqual(bytes);
  await put('/text', 'späße');
  expect((await server.request('GET', `${base}/text`, undefined, accept)).text).toBe('späße');
});

async function fetchRaw(path: string): Promise<Uint8Array> {
  const { authorization } = await import('../support/server.ts');
  const headers = { authorization, accept: 'application/octet-stream', connection: 'close' };
  return new Uint8Array(await (await fetch(server.url + base + path, { headers })).arrayBuffer());
}

test('a value that only its reader can open is kept as it is', async () => {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const value = await new CompactEncrypt(new TextEncoder().encode(mark))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(key);
  expect((await ask('PUT', '/wrapped', { type: 'jwe', value })).status).toBe(201);
  expect((await ask('GET', '/wrapped?type=jwe')).body).toEqual({ type: 'jwe', value });
  expectProblem(await ask('GET', '/wrapped?type=simple'), 'secret_type_differs');
  expectProblem(await ask('GET', '/wrapped?type=kem'), 'secret_type_differs');
});

test('values are sealed, and in no log, event or audit entry; who read them is in the audit trail', async () => {
  await put('/key');
  await ask('GET', '/key');
  await ask('GET', '/');
  const audited = (await server.request('GET', '/api/v0/audit?permission=secret:*')).body;
  expect(audited).toEqual([
    expect.objectContaining({ target: `${base}/`, permission: 'secret:read' }),
    expect.objectContaining({ target: `${base}/key`, permission: 'secret:read' }),
    expect.objectContaining({ target: `${base}/key`, permission: 'secret:write' }),
  ]);
  expect(server.dump()).not.toContain(mark);
  expect(JSON.stringify([server.audit(), server.log, server.events()])).not.toContain(mark);
  expect((await server.request('POST', '/api/v0/secret-keys/rotate', {})).status).toBe(200);
  expect((await ask('GET', '/key')).body).toEqual({ type: 'simple', value: mark });
});

test('a container is not deleted under a key that comes at the same time', async () => {
  for (let round = 0; round < 20; round += 1) {
    await ask('POST', `/c${round}/`);
    const [made, gone] = await Promise.all([put(`/c${round}/key`), ask('DELETE', `/c${round}/`)]);
    const isThere = (await ask('GET', `/c${round}/key`)).status === 200;
    expect([made.status, gone.status, isThere]).toEqual(isThere ? [201, 409, true] : [404, 204, false]);
  }
});

describe('paths that name nothing', () => {
  test.each(['/a//b', '/a%20b', '/é', '/a%00', `/${'x'.repeat(256)}`, `/${'a/'.repeat(300)}b`, '/a%2F..%2Fb', '/*'])(
    '%s is invalid_name',
    async (path) => {
      const before = server.dump();
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? '{"type":"simple","value":"x"}' : '';
        expectProblem(await server.raw(method, base + path, { body }), 'invalid_name');
      }
      expect(server.dump()).toBe(before);
    },
  );

  test('a percent sign that encodes nothing is told of', async () => {
    expectProblem(await server.raw('GET', `${base}/a%zz`), 'invalid_url');
  });
});
