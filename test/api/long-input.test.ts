import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RouteRule } from '../../src/api/permissions.ts';
import { routeRules } from '../../src/api/route-groups.ts';
import { type Answer, authorization, type RawOptions, startServer, type TestServer } from '../support/server.ts';
import { address, makeSite, name, requestOf, type Site } from './every-route.ts';

/** What repeats of a request in answers and in the audit trail is bounded, whatever the request is made of. */

let server: TestServer;
let site: Site;
beforeAll(async () => {
  server = await startServer();
  site = await makeSite(server);
  await server.request('PUT', `/api/v0/budget/${name}`, { target: 'all', max_down: 1 });
});
afterAll(() => server[Symbol.asyncDispose]());

/** With what a terminal would obey: a control of each set, and a change of direction. */
const hostile = `\u001b]0;\u0007\u009b2J\u202e${'a'.repeat(140_000)}\u007f`;
const longest = 8_000;

function expectShort({ status, text, headers }: Answer): void {
  if (status < 400) return;
  expect(text.length).toBeLessThan(longest);
  // JSON writes some of them as escapes.
  expect(text).not.toMatch(/[\u007f-\u009f\u202e]|\\u00[01]/);
  expect([...headers.values()].filter((value) => value.length > 1_024)).toEqual([]);
}

const taking = routeRules.filter(({ method }) => method === 'PUT' || method === 'POST' || method === 'PATCH');

/** Every member there is where the name or the text of a caller belongs, alone and with the others right. */
const members = [
  ...['name', 'address', 'host', 'cluster', 'version', 'target', 'kind', 'role', 'type', 'action', 'key', 'note'],
  ...['network', 'container_manager', 'fingerprint', 'ssh_priv_key', 'remote_user', 'proxy_jump', 'status', 'max_down'],
];
const lists = ['hostset', 'old', 'new', 'permissions', 'subjects', 'add', 'remove', 'roles', 'clusters'];
const records = ['labels', 'parameters', 'strategy', 'options', 'data', 'roles', 'meta'];

function* hostileBodies(right: object): Generator<object> {
  yield { ...right, [hostile]: 1 };
  for (const member of members) yield { ...right, [member]: hostile };
  for (const member of lists) yield { ...right, [member]: [hostile] };
  for (const member of records) yield { ...right, [member]: { [hostile]: hostile } };
  yield { ...right, strategy: { gates: [{ [hostile]: hostile }], order: hostile, window: { time_zone: hostile } } };
  yield { ...right, parameters: { command: { [hostile]: 1 }, [hostile]: 1 } };
}

const patches = [
  [{ op: 'add', path: `/${hostile}`, value: hostile }],
  [{ op: 'test', path: '/name', value: hostile }],
  [{ op: 'move', from: `/${hostile}`, path: '/name' }],
  [{ op: hostile, path: '/name' }],
  [{ op: 'replace', path: `/labels/${hostile}`, value: { [hostile]: 1 } }],
];

describe.each(taking)('$method $path', (rule) => {
  test('answers a body of long names and texts with a short problem', async () => {
    const { path, body = '{}' } = requestOf(rule, site);
    for (const sent of hostileBodies(JSON.parse(body))) {
      expectShort(await server.raw(rule.method, path, { body: JSON.stringify(sent) }));
    }
    const headers = { 'content-type': 'application/json-patch+json' };
    for (const patch of patches) {
      expectShort(await server.raw(rule.method, path, { headers, body: JSON.stringify(patch) }));
    }
  });
});

/** As much as a URL, or a header, takes. */
const encoded = encodeURIComponent(hostile.slice(0, 10_000));
const plain = 'b'.repeat(10_000);

function* hostilePaths(rule: RouteRule): Generator<string> {
  const { path } = requestOf(rule, site);
  for (const filled of [encoded, '%1b%C2%9b%E2%80%AE']) {
    yield `${path}/${filled}`;
    yield rule.path.replace(/:\w+/g, filled);
    yield rule.path.replace(/:\w+$/, filled).replace(/:(address|name|id|token|secret)/g, address);
    yield `${path}?${filled}=${filled}`;
    for (const known of ['limit', 'sort', 'filter', 'since', 'after', 'follow', 'host', 'import', 'plan', 'labels.a']) {
      yield `${path}?${known}=${filled}`;
    }
  }
}

const headers = ['if-match', 'if-none-match', 'last-event-id', 'content-type', 'upgrade', 'x-forwarded-for', 'origin'];

describe.each(routeRules)('$method $path', (rule) => {
  test('answers long paths, queries and headers with a short problem', async () => {
    const { path: _, ...body } = requestOf(rule, site);
    for (const path of hostilePaths(rule)) {
      // What follows the events goes on for ever.
      if (rule.path === '/api/v0/events' && !path.includes('follow=')) continue;
      expectShort(await server.raw(rule.method, path, body));
    }
    const { path } = requestOf(rule, site);
    for (const header of headers) {
      const options: RawOptions = { ...body, headers: { [header]: plain } };
      expectShort(await server.raw(rule.method, path, options));
    }
    for (const credentials of [`Basic ${btoa(`${plain}:x`)}`, `Bearer ${plain}`, plain, authorization + plain]) {
      expectShort(await server.raw(rule.method, path, { ...body, headers: { authorization: credentials } }));
    }
  });
});

test('what the audit trail tells of them is short too', async () => {
  const { text, body } = await server.request('GET', '/api/v0/audit?limit=1000');
  expect(body).toHaveLength(1_000);
  expect(text).not.toMatch(/[\u007f-\u009f\u202e]|\\u00[01]/);
  for (const entry of body as object[]) expect(JSON.stringify(entry).length).toBeLessThan(4_000);
});
