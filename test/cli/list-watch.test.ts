import { afterAll, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl, start } from './support/commctl.ts';
import { json, problem, TestServer } from './support/server.ts';
import { until } from './support/until.ts';

const home = temporaryDirectory();
afterAll(() => home[Symbol.dispose]());

/** A site whose networks change, with a stream of its events. */
function changingSite(first: string[], { mayRead = true }: { mayRead?: boolean } = {}) {
  let names = first;
  let events: ReadableStreamDefaultController<Uint8Array> | undefined;
  const server = new TestServer({
    'GET /api/v0/networks': () => Response.json(names),
    'GET /api/v0/events': () => {
      if (!mayRead) return problem(403, { code: 'forbidden', detail: 'you may not' });
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          events = controller;
          controller.enqueue(new TextEncoder().encode(': hello\n\n'));
        },
      });
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  return {
    server,
    isFollowed: () => events !== undefined,
    lists: () => server.asked.filter((line) => line.startsWith('GET /api/v0/networks')).length,
    change(next: string[]) {
      names = next;
      const event = { sequence: 1, at: '', type: 'network', action: 'created', key: 'x' };
      events?.enqueue(new TextEncoder().encode(`id: 1\nevent: network.created\ndata: ${JSON.stringify(event)}\n\n`));
    },
    [Symbol.dispose]: () => {
      server[Symbol.dispose]();
    },
  };
}

const list = ['network', 'list', '--watch'];

test('a pipe gets the list again when it has changed, and only then', async () => {
  using site = changingSite(['a']);
  using watching = start([...list, '-o', 'table'], { endpoint: site.server.url });
  await until(() => watching.output.stdout === 'a\n' && site.isFollowed());
  // The first reading may have been before the server told of changes, so there is a second one.
  await until(() => site.lists() > 1);
  expect(watching.output.stdout).toBe('a\n');
  site.change(['a', 'b']);
  await until(() => watching.output.stdout === 'a\n\na\nb\n');
  watching.interrupt();
  expect(await watching.ended).toEqual({ exitCode: 130, stdout: 'a\n\na\nb\n', stderr: '' });
});

test('with JSON there is a line for each change', async () => {
  using site = changingSite(['a', 'b']);
  using watching = start([...list, '-o', 'json'], { endpoint: site.server.url });
  const added = ['a', 'b'].map((record) => `{"change":"added","record":"${record}"}\n`).join('');
  await until(() => watching.output.stdout === added && site.isFollowed());
  site.change(['b', 'c']);
  const changes = '{"change":"added","record":"c"}\n{"change":"removed","record":"a"}\n';
  await until(() => watching.output.stdout === added + changes);
  watching.interrupt();
  expect((await watching.ended).exitCode).toBe(130);
});

test('who may not read events sees changes too', async () => {
  using site = changingSite(['a'], { mayRead: false });
  using watching = start([...list, '-o', 'yaml'], { endpoint: site.server.url });
  await until(() => watching.output.stdout === 'a\n');
  site.change(['b']);
  await until(() => watching.output.stdout === 'a\n---\nb\n');
});

test('a refused list ends the command', async () => {
  using server = new TestServer({
    'GET /api/v0/networks': () => problem(403, { code: 'forbidden', detail: 'you may not' }),
    'GET /api/v0/events': json([]),
  });
  expect(await commctl(list, { endpoint: server.url })).toEqual({
    exitCode: 4,
    stdout: '',
    stderr: 'commctl: you may not\n',
  });
});

test('a form that is not one of lines is refused', async () => {
  const { exitCode, stderr } = await commctl([...list, '-o', 'name']);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('-o name') });
});

test('a terminal shows it in place, within its height', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `n${index + 1}`);
  using site = changingSite(names);
  let screen = '';
  const { typed, child } = onTerminal([...list], {
    url: site.server.url,
    rows: 10,
    onData: (text) => (screen += text),
  });
  await until(() => site.isFollowed() && screen.includes('… 22 more lines'));
  site.change(['only']);
  await until(() => screen.includes('\x1b[9A\x1b[Jonly\r\n'));
  typed('\x03');
  expect(await child.exited).toBe(130);
});

interface Opened {
  readonly url: string;
  readonly rows: number;
  readonly onData: (text: string) => void;
}

/** commctl on a real terminal, until it ends or Ctrl-C is typed. */
function onTerminal(args: string[], { url, rows, onData }: Opened) {
  let type: (text: string) => void = () => {};
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, main, 'ctl', '--endpoint', url, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: home.path, TERM: 'xterm', COMMCTL_TOKEN: 'x' },
    terminal: {
      cols: 60,
      rows,
      data(terminal, chunk) {
        type = (text) => terminal.write(text);
        onData(new TextDecoder().decode(chunk));
      },
    },
  });
  return { child, typed: (text: string) => type(text) };
}
