import { createHmac } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DeadLetter } from '../../src/hooks/dead-letters.ts';
import type { StoredEvent } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { FaultyKeyedStore } from '../support/faulty-store.ts';
import { post, postMany } from '../support/follow.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const tuning = { firstDelay: 5 };
const secret = 'a secret of the tests';

async function deadLetters(server: TestServer): Promise<DeadLetter[]> {
  return JSON.parse((await server.request('GET', '/api/v0/hooks/dead-letters')).text);
}

/** A command that runs a line of shell, for what it is worth to a test. */
const shell = (line: string) => ['/bin/sh', '-c', line];

/** Complete lines only: a file may be looked at before its first line is written. */
const linesOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []);

interface Received {
  body: string;
  signature: string | null;
  event: StoredEvent;
}

/** A real HTTP server that answers each post with the next status, and with the last one from then on. */
function receiver(...statuses: number[]): Disposable & { url: string; received: Received[] } {
  const received: Received[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const body = await request.text();
      const status = statuses[received.length] ?? statuses.at(-1) ?? 204;
      received.push({ body, signature: request.headers.get('x-commissaire-signature'), event: JSON.parse(body) });
      return new Response(null, { status, headers: { location: '/elsewhere' } });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    received,
    [Symbol.dispose]: () => void server.stop(true).catch(() => {}),
  };
}

describe('a command', () => {
  test('gets the event on stdin and in its environment, in order, and without the options of the server', async () => {
    using directory = temporaryDirectory();
    const out = join(directory.path, 'out');
    const environment =
      '$COMMISSAIRE_EVENT_TYPE $COMMISSAIRE_EVENT_ACTION $COMMISSAIRE_EVENT_KEY $COMMISSAIRE_EVENT_SEQUENCE';
    const line = `read -r event; echo "${environment} \${COMMISSAIRE_SECRET:-none} $event" >> ${out}`;
    process.env.COMMISSAIRE_SECRET = 'of the server';
    try {
      await using server = await startServer({
        hooks: [{ name: 'h', filter: 'user_h', command: shell(line) }],
        tuning,
      });
      const posted: StoredEvent[] = [];
      for (const key of ['a', 'b; touch x', '$(id)']) {
        await post(server);
        posted.push(await post(server, { type: 'user_h', key }));
      }
      await until(() => linesOf(out).length === 3);
      expect(linesOf(out)).toEqual(
        posted.map((event) => `user_h posted ${event.key} ${event.sequence} none ${JSON.stringify(event)}`),
      );
    } finally {
      delete process.env.COMMISSAIRE_SECRET;
    }
  });

  test('gets each event once, however often the store tells of it', async () => {
    using directory = temporaryDirectory();
    const out = join(directory.path, 'out');
    const hooks = [{ name: 'h', filter: 'user_h', command: shell(`echo $COMMISSAIRE_EVENT_KEY >> ${out}`) }];
    const openStore: typeof openLmdbStore = (options) => {
      const store = new FaultyKeyedStore(openLmdbStore(options));
      store.timesTold = ({ sequence }) => (sequence % 3) + 1;
      return store;
    };
    await using server = await startServer({ hooks, tuning: { ...tuning, openStore } });
    const keys = ['a', 'b', 'c', 'd', 'e', 'last'];
    for (const key of keys) await post(server, { type: 'user_h', key });
    await until(() => linesOf(out).includes('last'));
    expect(linesOf(out)).toEqual(keys);
  });

  test('that does not read its stdin is no trouble', async () => {
    using directory = temporaryDirectory();
    const out = join(directory.path, 'out');
    const hooks = [{ name: 'h', filter: 'user', command: shell(`exec <&-; echo done >> ${out}`) }];
    await using server = await startServer({ hooks, tuning });
    await post(server, { type: 'user', data: { text: 'x'.repeat(60_000) } });
    await until(() => linesOf(out).length === 1);
    expect(await deadLetters(server)).toEqual([]);
  });

  test('that takes too long is killed with what it started, and others go on meanwhile', async () => {
    using directory = temporaryDirectory();
    const [child, out] = [join(directory.path, 'child'), join(directory.path, 'out')];
    const hooks = [
      { name: 'slow', filter: 'user', command: shell(`sleep 600 & echo $! > ${child}; wait`), deadline: 1, retries: 0 },
      { name: 'quick', filter: 'user', command: shell(`echo x >> ${out}`) },
    ];
    await using server = await startServer({ hooks, tuning });
    const event = await post(server);
    await until(() => linesOf(out).length === 1 && linesOf(child).length === 1);
    const pid = Number(linesOf(child)[0]);
    expect(isRunning(pid)).toBe(true);
    await until(async () => (await deadLetters(server)).length === 1);
    expect(await deadLetters(server)).toEqual([
      { hook: 'slow', event, reason: 'it took more than 1 s', attempts: 1, at: expect.any(String) },
    ]);
    await until(() => !isRunning(pid));
  });

  test.each([
    [['/nonexistent/program'], 'it cannot be run: there is no such file or directory'],
    [shell('exit 3'), 'it exited with 3'],
    [shell('kill -9 $$'), 'it was killed by SIGKILL'],
  ])('%j is tried again, given up, and told of by an event', async (command, reason) => {
    await using server = await startServer({ hooks: [{ name: 'h', filter: '*', command, retries: 2 }], tuning });
    const event = await post(server);
    await until(async () => (await deadLetters(server)).length === 1);
    expect(await deadLetters(server)).toMatchObject([{ hook: 'h', event, reason, attempts: 3 }]);
    const told = { name: 'hook.dead_lettered.h', data: { sequence: event.sequence, reason } };
    expect(server.events().at(-1)).toEqual(told);
    // The hook wants every event, but not the one about itself: the next letter is about the next event.
    const next = await post(server);
    await until(async () => (await deadLetters(server)).length === 2);
    expect((await deadLetters(server)).map((letter) => letter.event.sequence)).toEqual([event.sequence, next.sequence]);
    await server.request('DELETE', '/api/v0/hooks/dead-letters?hook=other');
    expect(await deadLetters(server)).toHaveLength(2);
    await server.request('DELETE', '/api/v0/hooks/dead-letters?hook=h');
    expect(await deadLetters(server)).toEqual([]);
  });
});

describe('a webhook', () => {
  function secretFile(directory: string): string {
    const path = join(directory, 'secret');
    writeFileSync(path, `${secret}\n`, { mode: 0o600 });
    return path;
  }

  test('is signed, in order, and tried again after 5xx and 429', async () => {
    using directory = temporaryDirectory();
    using target = receiver(503, 429, 204);
    const hooks = [{ name: 'h', filter: 'user', url: target.url, 'secret-file': secretFile(directory.path) }];
    await using server = await startServer({ hooks, tuning });
    const [first, second] = await postMany(server, 2);
    await until(() => target.received.length === 4);
    expect(target.received.map(({ event }) => event.sequence)).toEqual([first, first, first, second]);
    for (const { body, signature } of target.received) {
      expect(signature).toBe(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
    }
    expect(await deadLetters(server)).toEqual([]);
    expect(server.log.join('\n')).not.toContain(secret);
  });

  test.each([
    [400, 1],
    [302, 1],
    [500, 3],
  ])(
    'that answers with %i is given up after %i attempts, and the next event is delivered',
    async (status, attempts) => {
      using target = receiver(...new Array(attempts).fill(status), 204);
      await using server = await startServer({
        hooks: [{ name: 'h', filter: 'user', url: target.url, retries: 2 }],
        tuning,
      });
      const [first, second] = await postMany(server, 2);
      await until(() => target.received.length === attempts + 1);
      expect(target.received.at(-1)?.event.sequence).toBe(second);
      const reason = `it answered with ${status}`;
      expect(await deadLetters(server)).toMatchObject([{ event: { sequence: first }, attempts, reason }]);
    },
  );

  test('that nobody answers is given up, too', async () => {
    const hooks = [{ name: 'h', filter: 'user', url: 'http://127.0.0.1:1/', retries: 1 }];
    await using server = await startServer({ hooks, tuning });
    await post(server);
    await until(async () => (await deadLetters(server)).length === 1);
    expect(await deadLetters(server)).toMatchObject([{ attempts: 2 }]);
  });

  test.each([
    ['can be read by others', 0o644],
    ['is empty', 0o600],
  ])('with a secret file that %s the server does not start', async (what, mode) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'secret');
    writeFileSync(path, '', { mode });
    const hooks = [{ name: 'h', filter: '*', url: 'http://127.0.0.1:1/', 'secret-file': path }];
    await expect(startServer({ hooks })).rejects.toThrow(what);
  });
});

test('a hook goes on where it was after a restart; a new one begins with what comes then', async () => {
  using directory = temporaryDirectory();
  using target = receiver(204);
  using other = receiver(204);
  const hook = { name: 'old', filter: 'user', url: target.url };
  const first = await startServer({ directory: directory.path, hooks: [hook], tuning });
  const all = await postMany(first, 2);
  await until(() => target.received.length === 2);
  await first[Symbol.asyncDispose]();

  // What happens while the hook cannot get through is not lost by stopping the server.
  const dead = { ...hook, url: 'http://127.0.0.1:1/', retries: 100 };
  const second = await startServer({ directory: directory.path, hooks: [dead], tuning });
  all.push(...(await postMany(second, 2)));
  await until(() => second.log.some((line) => line.includes('a hook failed')));
  await second[Symbol.asyncDispose]();

  const hooks = [hook, { name: 'new', filter: 'user', url: other.url }];
  await using third = await startServer({ directory: directory.path, hooks, tuning });
  const last = await postMany(third, 1);
  // At least once: what was under way when a server stopped comes again.
  const got = () => [...new Set(target.received.map(({ event }) => event.sequence))];
  await until(() => got().length === 5 && other.received.length === 1);
  expect(got()).toEqual([...all, ...last]);
  expect(other.received.map(({ event }) => event.sequence)).toEqual(last);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Killed but not yet collected by whoever inherited it.
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
