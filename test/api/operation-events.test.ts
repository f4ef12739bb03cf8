import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hookCursors } from '../../src/hooks/cursors.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { Operations } from '../../src/operations/operations.ts';
import { readState } from '../../src/operations/records.ts';
import { catalogue } from '../../src/server/catalogue.ts';
import type { KeyedCachingStore } from '../../src/store/cached.ts';
import type { StoredEvent } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { commctl, start } from '../cli/support/commctl.ts';
import { engineOn, hostsNamed, request, ScriptedKind } from '../operations/support.ts';
import { follow } from '../support/follow.ts';
import { authorization, startServer, type TestServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/**
 * What followers see of an operation in which a host ends in every way there is, and of the one that retries it: names,
 * keys and data to the byte. Recorded when each event was a record of its own.
 */
const recorded = [
  'operation.started.first {"kind":"act","cluster":"web","by":"tester"}',
  'operation.host_running.first {"kind":"act","cluster":"web","host":"h01"}',
  'operation.host_succeeded.first {"kind":"act","cluster":"web","host":"h01"}',
  'operation.host_running.first {"kind":"act","cluster":"web","host":"h02"}',
  'operation.host_failed.first {"kind":"act","cluster":"web","host":"h02"}',
  'operation.host_running.first {"kind":"act","cluster":"web","host":"h03"}',
  'operation.host_running.first {"kind":"act","cluster":"web","host":"h03"}',
  'operation.host_succeeded.first {"kind":"act","cluster":"web","host":"h03"}',
  'operation.host_running.first {"kind":"act","cluster":"web","host":"h04"}',
  'operation.host_running.first {"kind":"act","cluster":"web","host":"h04"}',
  'operation.host_unreachable.first {"kind":"act","cluster":"web","host":"h04"}',
  'operation.host_running.first {"kind":"act","cluster":"web","host":"h05"}',
  'operation.host_skipped.first {"kind":"act","cluster":"web","host":"h05"}',
  'operation.host_running.first {"kind":"act","cluster":"web","host":"h06"}',
  'operation.paused.first {"kind":"act","cluster":"web","by":"ann"}',
  'operation.resumed.first {"kind":"act","cluster":"web","by":"ann"}',
  'operation.cancel_requested.first {"kind":"act","cluster":"web","by":"ann"}',
  'operation.host_succeeded.first {"kind":"act","cluster":"web","host":"h06"}',
  'operation.host_cancelled.first {"kind":"act","cluster":"web","host":"h07"}',
  'operation.cancelled.first {"kind":"act","cluster":"web","outcome":"cancelled"}',
  'operation.started.second {"kind":"act","cluster":"","clusters":[""],"by":"bob"}',
  'operation.host_running.second {"kind":"act","cluster":"","clusters":[""],"host":"h02"}',
  'operation.host_failed.second {"kind":"act","cluster":"","clusters":[""],"host":"h02"}',
  'operation.host_running.second {"kind":"act","cluster":"","clusters":[""],"host":"h04"}',
  'operation.host_running.second {"kind":"act","cluster":"","clusters":[""],"host":"h04"}',
  'operation.host_unreachable.second {"kind":"act","cluster":"","clusters":[""],"host":"h04"}',
  'operation.host_running.second {"kind":"act","cluster":"","clusters":[""],"host":"h07"}',
  'operation.host_succeeded.second {"kind":"act","cluster":"","clusters":[""],"host":"h07"}',
  'operation.finished.second {"kind":"act","cluster":"","clusters":[""],"outcome":"with_failures"}',
];
const filter = 'operation.*';

/** A reader of events: what it got so far, each as the JSON it came as. */
interface Outlet {
  readonly name: string;
  got(): string[];
}

const directory = temporaryDirectory();
const bodies: string[] = [];
const hook = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(asked) {
    bodies.push(await asked.text());
    return new Response(null, { status: 204 });
  },
});
const hooks = [{ name: 'h', filter, url: `http://127.0.0.1:${hook.port}/` }];
let server: TestServer;
let ids: string[];
/** Of all events, each as JSON: what a stream saw live. */
let live: string[];

beforeAll(async () => {
  let store: KeyedCachingStore | undefined;
  const tuning = {
    openStore: (options: Parameters<typeof openLmdbStore>[0]) => {
      store = openLmdbStore(options);
      return store;
    },
  };
  server = await startServer({ directory: directory.path, hooks, tuning });
  if (store === undefined) throw new Error('the server opened no store');
  await using stream = await follow(server, `?filter=${filter}`);
  using socket = await openSocket();
  using watching = start(['event', 'watch', filter, '--since', '0', '-o', 'json'], invocation());
  const outlets: Outlet[] = [
    { name: 'a stream', got: () => stream.messages.map(({ data }) => data) },
    { name: 'a socket', got: () => socket.messages },
    { name: 'a hook', got: () => bodies },
    { name: 'commctl', got: () => watching.output.stdout.split('\n').slice(0, -1) },
  ];
  ids = await runBoth(store);
  for (const { name, got } of outlets) {
    await until(() => got().length >= recorded.length);
    expect(told(got()), name).toEqual(recorded);
    live ??= got();
    expect(got(), name).toEqual(live);
  }
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await hook.stop(true);
  directory[Symbol.dispose]();
});

test('their numbers have no gap', () => {
  const [first = 0] = sequencesOf(live);
  expect(sequencesOf(live)).toEqual(live.map((_, index) => first + index));
});

/** The same server, then another one on the same data. */
describe.each(['the same server', 'another server'])('%s reads them of the log', (which) => {
  beforeAll(async () => {
    if (which === 'the same server') return;
    await server[Symbol.asyncDispose]();
    server = await startServer({ directory: directory.path, hooks });
  });

  test('in a list from every position, and as the newest', async () => {
    for (const [index, sequence] of sequencesOf(live).entries()) {
      expect(await list(`&since=${sequence - 1}`)).toEqual(live.slice(index));
      expect(await list(`&since=${sequence - 1}&limit=3`)).toEqual(live.slice(index, index + 3));
      expect(await list(`&limit=${index + 1}`)).toEqual(live.slice(-index - 1));
    }
  });

  test('over a stream from every position', async () => {
    for (const [index, sequence] of sequencesOf(live).entries()) {
      await using stream = await follow(server, `?filter=${filter}&since=${sequence - 1}`);
      await stream.count(live.length - index);
      expect(stream.messages.map(({ data }) => data)).toEqual(live.slice(index));
    }
  });

  test('over a socket', async () => {
    using socket = await openSocket('&since=0');
    await until(() => socket.messages.length >= live.length);
    expect(socket.messages).toEqual(live);
  });

  test.each([
    'operation.host_*',
    'operation.host_running',
    'operation.host_succeeded,operation.host_failed',
    '*.host_cancelled',
  ])('by the filter %s', async (wanted) => {
    const actions = wanted.split(',').map((text) => text.split('.')[1]?.replace('*', '') ?? '');
    const matching = live.filter((text) => actions.some((action) => eventOf(text).action.startsWith(action)));
    expect(matching).not.toEqual([]);
    expect(await list('&since=0', wanted)).toEqual(matching);
    expect(await list('&limit=2', wanted)).toEqual(matching.slice(-2));
    await using stream = await follow(server, `?filter=${wanted}&since=0`);
    await stream.count(matching.length);
    expect(stream.messages.map(({ data }) => data)).toEqual(matching);
  });

  test('by the key of one operation', async () => {
    for (const id of ids) {
      const matching = live.filter((text) => eventOf(text).key === id);
      expect(await list('&since=0', `operation.*.${id}`)).toEqual(matching);
    }
  });

  test('with commctl', async () => {
    const listed = await commctl(['event', 'list', filter, '--since', '0', '-o', 'json'], invocation());
    expect(JSON.parse(listed.stdout)).toEqual(live.map(eventOf));
  });
});

test('a hook that was down meanwhile gets them from where it was', async () => {
  const [first = 0] = sequencesOf(live);
  await server[Symbol.asyncDispose]();
  const store = openLmdbStore({ directory: `${directory.path}/data`, clock: systemClock, catalogue });
  await store.transact(async (tx) => tx.put(hookCursors, 'h', { sequence: first - 1 }));
  await store.close();
  bodies.length = 0;
  server = await startServer({ directory: directory.path, hooks });
  await until(() => bodies.length >= live.length);
  expect(bodies).toEqual(live);
  expect(server.log.filter((line) => line.includes('missed events'))).toEqual([]);
});

/** One operation with all outcomes, commanded on its way, and the one that retries it. Returns their ids. */
async function runBoth(store: KeyedCachingStore): Promise<string[]> {
  const scripts = ['s', 'f', 'us', 'u', 'k', 'h', 's'];
  const hosts = hostsNamed(scripts.length);
  const kind = new ScriptedKind(Object.fromEntries(hosts.map((host, index) => [host, scripts[index] ?? ''])));
  const engine = engineOn(store, [kind]);
  const operations = new Operations(store, engine, systemClock);
  const strategy = { batch: 1, on_failure: 'continue', max_failures: 7, retries: 1, retry_backoff: 0 } as const;
  const first = (await engine.start(request({ strategy }), async () => hosts)).operation.id;
  await until(async () => (await readState(store, first)).hosts.get('h06')?.intent?.act === 'hold');
  await operations.pause(first, 'ann');
  await operations.resume(first, 'ann');
  await operations.cancel(first, 'ann', { now: false });
  kind.release('h06');
  await engine.released(first);
  const second = (await operations.retry(first, 'bob')).operation.id;
  await engine.released(second);
  await engine.stop();
  return [first, second];
}

function invocation() {
  return { file: JSON.stringify({ endpoint: server.url, username: 'tester', password: 'of the tests' }) };
}

async function list(query: string, wanted = filter): Promise<string[]> {
  const answer = await server.request('GET', `/api/v0/events?follow=false&filter=${wanted}${query}`);
  const events: StoredEvent[] = JSON.parse(answer.text);
  return events.map((event) => JSON.stringify(event));
}

async function openSocket(query = '') {
  const url = `${server.url.replace('http', 'ws')}/api/v0/events?filter=${filter}${query}`;
  const socket = new WebSocket(url, { headers: { authorization } });
  const messages: string[] = [];
  socket.addEventListener('message', ({ data }) => messages.push(String(data)));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the socket was not opened')));
  });
  return { messages, [Symbol.dispose]: () => socket.close() };
}

function eventOf(text: string): StoredEvent {
  return JSON.parse(text);
}

function sequencesOf(texts: readonly string[]): number[] {
  return texts.map((text) => eventOf(text).sequence);
}

/** A line for each, with names in place of the ids of the operations, and without numbers and times. */
function told(texts: readonly string[]): string[] {
  const names = ['first', 'second'];
  return texts.map((text) => {
    const { type, action, key, data } = eventOf(text);
    return `${type}.${action}.${names[ids.indexOf(key)]} ${JSON.stringify(data)}`;
  });
}
