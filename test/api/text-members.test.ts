import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { expectProblem, importHost, makeCluster } from './support.ts';

/** Objects that would break whoever takes them for text. */
const notText: readonly unknown[] = [
  { toString: 1 },
  { toString: null, valueOf: null },
  { toJSON: 1 },
  [{ toString: 1 }],
];

interface TextMember {
  method: string;
  path: string;
  member: string;
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await makeCluster(server, 'c1', '127.66.0.1');
  await importHost(server, '127.66.0.2');
});
afterAll(async () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  await server[Symbol.asyncDispose]();
});

const documentBefore = JSON.stringify(openApiDocument());
const members = textMembers();

test('there are text members in the bodies of most routes', () => {
  expect(new Set(members.map(({ path }) => path)).size).toBeGreaterThan(12);
});

describe.each(members)('$method $path', ({ method, path, member }) => {
  test(`an object where the text of "${member}" belongs`, async () => {
    const before = server.dump();
    for (const value of notText) {
      expectProblem(await server.request(method, path, { ...othersOf(path), [member]: value }), 'invalid_member');
    }
    expect(server.dump()).toBe(before);
  });
});

test('what the API document says does not hang on which routes were asked', () => {
  expect(JSON.stringify(openApiDocument())).toBe(documentBefore);
});

test('an object among the parameters of an operation has no text that a list could be filtered by', async () => {
  const parameters = { command: 'true', environment: { toString: 'x', valueOf: 'y' } };
  const begun = await server.request('POST', '/api/v0/operations', { kind: 'exec', target: '127.66.0.1', parameters });
  expect(begun.status).toBe(201);
  for (const query of ['parameters.environment=x*', 'parameters.environment=Eq(x)', 'sort=parameters.environment']) {
    const { status, body } = await server.request('GET', `/api/v0/operations?${query}`);
    expect([status, body instanceof Object], query).toEqual([200, true]);
  }
});

/** Every member that the API document says is text, and nothing else. */
function textMembers(): TextMember[] {
  const { paths } = JSON.parse(JSON.stringify(openApiDocument()));
  return Object.entries<Record<string, OperationObject>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const { properties = {} } = operation.requestBody?.content?.['application/json']?.schema ?? {};
      const texts = Object.keys(properties).filter((name) => properties[name]?.type === 'string');
      return texts.map((member) => ({ method: method.toUpperCase(), path: filled(path), member }));
    }),
  );
}

interface OperationObject {
  requestBody?: { content?: Record<string, { schema?: { properties?: Record<string, { type?: string }> } }> };
}

function filled(path: string): string {
  const values: Record<string, string> = { address: '127.66.0.2', name: 'c1', secret: 'box', token: 'x', id: 'x' };
  return path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name);
}

/** What has to be there as well, for the member to be the one that is wrong. */
function othersOf(path: string): object {
  if (path.endsWith('/hosts')) return { old: [], new: [] };
  if (path.includes('/budget/')) return { target: 'all', max_down: 1 };
  if (path.endsWith('/operations')) return { kind: 'exec', target: 'all' };
  if (path.includes('/secrets/')) return { type: 'simple', value: 'x' };
  if (path.includes('/rolebinding/')) return { role: 'viewer', subjects: ['user:x'] };
  if (path.includes('/role/')) return { permissions: [] };
  if (path.endsWith('/deploy')) return { version: '1' };
  if (path.endsWith('/events')) return { type: 'user' };
  return {};
}
