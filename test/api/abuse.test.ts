import { describe, expect, test } from 'vitest';
import { basicOf, startServer, usersNamed } from '../support/server.ts';
import { expectDocumented } from './documented.ts';
import { expectProblem } from './support.ts';

const wrong = (name: string, number: number) => ({
  headers: { authorization: `Basic ${Buffer.from(`${name}:wrong ${number}`).toString('base64')}` },
});
const right = (name: string) => ({ headers: { authorization: basicOf(name) } });

async function server(members: object = {}) {
  return startServer({
    onAnswer: expectDocumented,
    configuration: {
      'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed('tester', 'alice', 'bob') }],
      ...members,
    },
  });
}

test('a thousand wrong passwords keep out nobody else, and the right one counts after the announced pause', async () => {
  await using site = await server();
  expect((await site.request('GET', '/api/v0/hosts', undefined, right('bob'))).status).toBe(200);
  const guesses = Array.from({ length: 1_000 }, (_, number) =>
    site.request('GET', '/api/v0/hosts', undefined, wrong('alice', number)),
  );
  const answers = await Promise.all(guesses);
  const statuses = Map.groupBy(answers, ({ status }) => status);
  expect(statuses.get(403)?.length).toBe(5);
  expect(statuses.get(429)?.length).toBe(995);
  expect((await site.request('GET', '/api/v0/hosts', undefined, right('bob'))).status).toBe(200);
  const early = await site.request('GET', '/api/v0/hosts', undefined, right('alice'));
  expectProblem(early, 'too_many_attempts');
  const seconds = Number(early.headers.get('retry-after'));
  expect(early.body).toMatchObject({ retry_after: seconds });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  expect((await site.request('GET', '/api/v0/hosts', undefined, right('alice'))).status).toBe(200);
});

test('the same wrong password again and again is refused, and keeps nobody out', async () => {
  await using site = await server();
  for (let count = 0; count < 50; count += 1) {
    expectProblem(await site.request('GET', '/api/v0/hosts', undefined, wrong('alice', 1)), 'credentials_refused');
  }
  expect((await site.request('GET', '/api/v0/hosts', undefined, right('alice'))).status).toBe(200);
});

test('the right password many times at once is verified once', async () => {
  await using site = await server();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => site.request('GET', '/api/v0/hosts', undefined, right('alice'))),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('0 is no limit', async () => {
  await using site = await server({ 'rate-limit': 0 });
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => site.request('GET', '/api/v0/hosts', undefined, right('alice'))),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('one caller gets no more by coming from many addresses', async () => {
  await using site = await server({ 'rate-limit': 1 });
  // Two from each address, which are let through by it; by the caller it is two of all, until seconds have passed.
  const from = Array.from({ length: 10 }, (_, index) => `127.0.0.${1 + Math.floor(index / 2)}`);
  const answers = await Promise.all(
    from.map((address) => site.raw('GET', '/api/v0/hosts', { from: address, ...right('alice') })),
  );
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(answers.length);
  for (const answer of refused) expectProblem(answer, 'too_many_requests');
  const bob = await site.raw('GET', '/api/v0/hosts', { from: '127.0.0.77', ...right('bob') });
  expect(bob.status).toBe(200);
});

test('more requests than rate-limit says are refused by address', async () => {
  await using site = await server({ 'rate-limit': 5 });
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => site.request('GET', '/api/v0/hosts', undefined, right('alice'))),
  );
  const passed = answers.filter(({ status }) => status === 200);
  expect(passed.length).toBeGreaterThanOrEqual(10);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const answer of refused) {
    expectProblem(answer, 'too_many_requests');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
});

describe('a browser that knows the credentials', () => {
  const cases: [string, Record<string, string>, boolean][] = [
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, false],
    ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }, false],
    ['an old browser', { origin: 'https://elsewhere.example' }, false],
    ['a page in a sandbox', { origin: 'null' }, false],
    ['a page of the server', { 'sec-fetch-site': 'same-origin', origin: 'https://behind.a.proxy' }, true],
    ['a person', { 'sec-fetch-site': 'none' }, true],
    ['no browser', {}, true],
  ];

  test.each(cases)('changes nothing unless its page may: %s', async (_, sent, isLet) => {
    await using site = await server();
    const before = site.dump();
    const headers = { ...right('alice').headers, ...sent, 'content-type': 'text/plain' };
    // Of each kind that a form, or a script without leave, can send.
    const answer = await site.request('POST', '/api/v0/events', { type: 'user' }, { headers });
    if (isLet) return expect(answer.status).toBe(201);
    expectProblem(answer, 'forbidden');
    expect(site.dump()).toBe(before);
    expect((await site.request('GET', '/api/v0/hosts', undefined, { headers })).status).toBe(200);
  });
});
