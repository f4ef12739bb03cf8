import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { follow, post, postMany } from '../support/follow.ts';
import { authorization, startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe('posting', () => {
  test('keeps what the user says, and adds who it was', async () => {
    const body = { type: 'user_release', action: 'begun', key: 'web', data: { version: '2.1', by: 'somebody else' } };
    const answer = await server.request('POST', '/api/v0/events', body);
    const data = { version: '2.1', by: 'tester', request: answer.headers.get('x-request-id') };
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ sequence: expect.any(Number), at: expect.any(String), ...body, data });
    expect(server.events().at(-1)).toEqual({ name: 'user_release.begun.web', data });
  });

  test('answers everybody with their own event, also when many post at once', async () => {
    const posted = await Promise.all(
      Array.from({ length: 20 }, (_, index) => post(server, { type: 'user', key: `k${index}` })),
    );
    expect(posted.map(({ key }) => key)).toEqual(Array.from({ length: 20 }, (_, index) => `k${index}`));
    expect(new Set(posted.map(({ sequence }) => sequence)).size).toBe(20);
  });
});

describe('listing', () => {
  const list = async (query: string) => (await server.request('GET', `/api/v0/events?follow=false${query}`)).body;

  test('gives the newest, or those past a position, oldest first', async () => {
    const [first = 0, second, third] = await postMany(server, 3, { type: 'user_list' });
    const named = (...sequences: unknown[]) => sequences.map((sequence) => expect.objectContaining({ sequence }));
    expect(await list('&filter=user_list&limit=2')).toEqual(named(second, third));
    expect(await list(`&filter=user_list&since=${first}`)).toEqual(named(second, third));
    expect(await list('&filter=user_list&since=0&limit=1')).toEqual(named(first));
    expect(await list(`&since=${third}`)).toEqual([]);
  });

  test('looks through more than a page for what is rare', async () => {
    await using busy = await startServer();
    await post(busy, { type: 'user_rare' });
    await Promise.all(Array.from({ length: 300 }, () => post(busy)));
    const query = '/api/v0/events?follow=false&filter=user_rare';
    expect((await busy.request('GET', query)).body).toHaveLength(1);
    expect((await busy.request('GET', `${query}&since=0`)).body).toHaveLength(1);
  });
});

describe('following', () => {
  test('begins with what comes from now on, and is not cached', async () => {
    await post(server);
    await using stream = await follow(server);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.headers.get('cache-control')).toBe('no-store');
    const event = await post(server, { type: 'user_now' });
    await stream.count(1);
    expect(stream.messages).toEqual([
      { name: 'user_now.posted', data: JSON.stringify(event), position: event.sequence },
    ]);
  });

  test.each([
    ['?filter=user_a', ['a', 'ab']],
    ['?filter=user_a&filter=user_b.posted', ['a', 'b', 'ab']],
    ['?filter=user_a,user_b', ['a', 'b', 'ab']],
    ['?filter=*.*.a', ['a']],
    ['?filter=user_*.posted.a*', ['a', 'ab']],
  ])('with %s only what matches comes', async (query, keys) => {
    await using stream = await follow(server, query);
    for (const key of ['a', 'b']) await post(server, { type: `user_${key}`, key });
    await post(server, { type: 'user_a', key: 'ab' });
    await stream.count(keys.length);
    expect(stream.messages.map(({ data }) => JSON.parse(data).key)).toEqual(keys);
  });

  test('HEAD leaves no follower behind', async () => {
    const { headers } = await server.raw('HEAD', '/api/v0/events');
    expect([headers.get('content-type'), headers.get('content-length')]).toEqual(['text/event-stream', null]);
  });
});

describe('going on', () => {
  test('after a lost connection, without loss and with nothing twice', async () => {
    const all: number[] = [];
    await using first = await follow(server, '?filter=user_resume');
    all.push(...(await postMany(server, 3, { type: 'user_resume' })));
    await first.count(3);
    await first[Symbol.asyncDispose]();
    all.push(...(await postMany(server, 3, { type: 'user_resume' })));
    await using second = await follow(server, '?filter=user_resume', { 'last-event-id': String(first.position) });
    all.push(...(await postMany(server, 3, { type: 'user_resume' })));
    await second.count(6);
    expect([...first.sequences, ...second.sequences]).toEqual(all);
  });

  test('the header is believed over the query, which a browser repeats', async () => {
    const [, second = 0, third] = await postMany(server, 3, { type: 'user_both' });
    await using stream = await follow(server, '?since=0&filter=user_both', { 'last-event-id': String(second) });
    await stream.count(1);
    expect(stream.sequences).toEqual([third]);
  });

  test('before the first event there is a position already, and heartbeats move it', async () => {
    await using quick = await startServer({ tuning: { heartbeat: 20 } });
    await using stream = await follow(quick, '?filter=user_never');
    const { sequence } = await post(quick);
    await until(() => stream.heartbeats > 2 && stream.position === sequence);
    expect(stream.messages).toEqual([]);
  });

  test('over a restart of the server, which ends the stream by saying so', async () => {
    using directory = temporaryDirectory();
    const before = await startServer({ directory: directory.path });
    await using first = await follow(before);
    const all = await postMany(before, 2);
    await first.count(2);
    await before[Symbol.asyncDispose]();
    await until(() => first.ended);
    expect(first.messages.at(-1)).toMatchObject({ name: 'cut_off' });
    expect(JSON.parse(first.messages.at(-1)?.data ?? '')).toEqual({
      reason: 'the server is stopping',
      since: all.at(-1),
    });

    await using after = await startServer({ directory: directory.path });
    all.push(...(await postMany(after, 2)));
    await using second = await follow(after, `?since=${first.position}`);
    await second.count(2);
    expect([...first.sequences, ...second.sequences]).toEqual(all);
  });

  test('what is no longer kept is told of first, once', async () => {
    using directory = temporaryDirectory();
    const tuning = { maxEvents: 10 };
    const before = await startServer({ directory: directory.path, tuning });
    const all = await postMany(before, 15);
    const last = all.at(-1) ?? 0;
    await before[Symbol.asyncDispose]();
    await using after = await startServer({ directory: directory.path, tuning });
    await using stream = await follow(after, '?since=0');
    await stream.count(10);
    const [gap] = stream.messages;
    expect({ ...gap, data: JSON.parse(gap?.data ?? '') }).toEqual({
      name: 'gap',
      data: { first: 1, last: last - 10 },
      position: last - 10,
    });
    expect(stream.sequences).toEqual(all.slice(-10));
    expect(stream.messages).toHaveLength(11);
  });
});

describe('a reader that does not read', () => {
  const size = 60_000;
  const count = 150;

  test('is cut off with the reason, and finds everything by going on from there', async () => {
    await using quick = await startServer({ tuning: { heartbeat: 50 } });
    const all = await postMany(quick, count, { type: 'user_bulk', data: { text: 'x'.repeat(size) } });
    const { hostname, port } = new URL(quick.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.pause();
    socket.write(
      `GET /api/v0/events?since=0&filter=user_bulk HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${authorization}\r\n\r\n`,
    );
    await until(() => quick.log.some((line) => line.includes('cut off a follower of events')));

    const chunks: Buffer[] = [];
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.resume();
    await closed;
    const text = Buffer.concat(chunks).toString('latin1');
    const [, said = '{}'] = /event: cut_off\r?\ndata: (\{.*?\})/.exec(text) ?? [];
    const { reason, since }: { reason: string; since: number } = JSON.parse(said);
    expect(reason).toBe('the reader takes too long to read');
    const got = Array.from(text.matchAll(/"sequence":(\d+)/g), ([, sequence]) => Number(sequence));
    expect(got).toEqual(all.slice(0, got.length));
    expect(got.at(-1)).toBe(since);
    expect(got.length).toBeLessThan(count);

    await using rest = await follow(quick, `?filter=user_bulk&since=${since}`);
    await rest.count(count - got.length);
    expect([...got, ...rest.sequences]).toEqual(all);
  });
});
