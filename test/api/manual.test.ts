import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Pack, packOf } from '../../src/api/manual/pack.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ onAnswer: expectDocumented });
});
afterAll(() => server[Symbol.asyncDispose]());

const anonymous = { authorization: '' };

const parts: [path: string, type: string, begins: RegExp][] = [
  ['/manual/index.html', 'text/html; charset=utf-8', /^<!doctype html>/],
  ['/manual/errors.html', 'text/html; charset=utf-8', /^<!doctype html>/],
  ['/manual/site.css', 'text/css; charset=utf-8', /^:root/],
  ['/manual/site.js', 'text/javascript; charset=utf-8', /addSearch/],
  ['/manual/search-index.js', 'text/javascript; charset=utf-8', /^globalThis\.commissaireManual=/],
  ['/manual/concepts.svg', 'image/svg+xml', /^<svg /],
];

test.each(parts)('everybody gets %s, which may load nothing from elsewhere', async (path, type, begins) => {
  const answer = await server.request('GET', path, undefined, { headers: anonymous });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
  expect(answer.text).toMatch(begins);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
  expect(policy).not.toMatch(/unsafe|http|\*/);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});

test.each(['/manual', '/manual/'])('%s leads to the first page', async (path) => {
  const answer = await server.raw('GET', path, { headers: anonymous });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/manual/index.html']);
});

test('a page that the browser has is not sent again', async () => {
  const path = '/manual/targets.html';
  const etag = (await server.request('GET', path)).headers.get('etag') ?? '';
  expect(etag).toMatch(/^"[0-9a-z]+"$/);
  const again = await server.request('GET', path, undefined, { headers: { 'if-none-match': etag } });
  expect([again.status, again.text]).toEqual([304, '']);
  const other = await server.request('GET', path, undefined, { headers: { 'if-none-match': '"other"' } });
  expect(other.status).toBe(200);
});

const codings: [accepted: string, encoding: string | null][] = [
  ['gzip, deflate, br', 'gzip'],
  ['gzip;q=0.5', 'gzip'],
  ['br', null],
  ['gzip;q=0', null],
  ['', null],
];

test.each(codings)('to a browser that accepts "%s" a page is sent with the encoding %s', async (accepted, encoding) => {
  const answer = await server.raw('GET', '/manual/targets.html', { headers: { 'accept-encoding': accepted } });
  expect([answer.status, answer.headers.get('content-encoding')]).toEqual([200, encoding]);
  expect(answer.headers.get('vary')).toBe('accept-encoding');
  if (encoding === null) expect(answer.text).toMatch(/^<!doctype html>/);
});

test.each(['nothing.html', '..%2fsecret', '__proto__', 'constructor'])('there is no page %s', async (name) => {
  const answer = await server.raw('GET', `/manual/${name}`, { headers: anonymous });
  expectProblem(answer, 'route_not_found');
});

describe('a pack', () => {
  const read = async (pack: Pack, name: string) => {
    const found = await pack.find(name);
    return found === undefined ? undefined : new TextDecoder().decode(Bun.gunzipSync(await found.compressed.bytes()));
  };

  test('has what was put into it, and a tag that changes with the content', async () => {
    const files = { 'a.html': 'one', 'b.css': '', 'c.js': 'ä'.repeat(100_000) };
    const pack = new Pack(new Blob([packOf(new Map(Object.entries(files)))]));
    for (const [name, text] of Object.entries(files)) expect(await read(pack, name)).toBe(text);
    expect(await read(pack, 'd')).toBeUndefined();
    const changed = new Pack(new Blob([packOf(new Map([['a.html', 'two']]))]));
    expect((await changed.find('a.html'))?.etag).not.toBe((await pack.find('a.html'))?.etag);
  });
});
