import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { closedEndpoint, json, problem, TestServer } from './support/server.ts';

const put = ['secret', 'put', 'web/key'];
const get = ['secret', 'get', 'web/key'];
const route = '/api/v0/secrets/web%2Fkey';
const made = json({ name: 'web/key' }, { status: 201 });
const mark = 'marked-5ecret';
const bytes = Uint8Array.of(0, 255, 10);

/** A server that has this value. */
function serverWith(value: string | Uint8Array<ArrayBuffer>): TestServer {
  const headers = { 'content-type': 'application/octet-stream' };
  return new TestServer({ [`GET ${route}`]: () => new Response(value, { headers }) });
}

describe('the value is put as it is', () => {
  const cases: [name: string, args: string[], stdin: string | Uint8Array<ArrayBuffer>, body: unknown][] = [
    ['without a newline', [], mark, { type: 'simple', value: mark }],
    ['with one', [], `${mark}\n`, { type: 'simple', value: `${mark}\n` }],
    ['with a byte order mark', [], `\ufeff${mark}\r\n`, { type: 'simple', value: `\ufeff${mark}\r\n` }],
    ['with letters of all kinds', ['--file', '-'], 'pässwört: 密码', { type: 'simple', value: 'pässwört: 密码' }],
    ['bytes', [], bytes, bytes],
    ['a JWE with the end of its line', ['--type', 'jwe'], 'a.b.c.d.e\r\n', { type: 'jwe', value: 'a.b.c.d.e' }],
  ];

  test.each(cases)('%s', async (_name, args, stdin, body) => {
    using server = new TestServer({ [`PUT ${route}`]: made });
    const ended = await commctl([...put, ...args], { endpoint: server.url, stdin });
    expect(ended).toEqual({ exitCode: 0, stdout: 'name: web/key\n', stderr: '' });
    expect(server.received.map((received) => received.body)).toEqual([body]);
  });

  test.each([
    ['text', 'two\nlines\n', { type: 'simple', value: 'two\nlines\n' }],
    ['bytes', bytes, bytes],
  ])('from a file of %s, whatever stdin has', async (_name, content, body) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'value');
    writeFileSync(path, content);
    using server = new TestServer({ [`PUT ${route}`]: made });
    expect(await commctl([...put, '--file', path], { endpoint: server.url, stdin: 'other' })).toMatchObject({
      exitCode: 0,
    });
    expect(server.received.map((received) => received.body)).toEqual([body]);
  });
});

test('on a terminal it is asked for and does not show', async () => {
  using server = new TestServer({ [`PUT ${route}`]: made });
  expect(await commctlOnTerminal(put, { endpoint: server.url, answers: { 'Value: ': `${mark}\r` } })).toEqual({
    exitCode: 0,
    screen: 'Value: \r\nname  web/key\r\n',
  });
  expect(server.received[0]?.body).toEqual({ type: 'simple', value: mark });
});

test('nobody is asked for the value of what has none', async () => {
  using server = new TestServer({});
  const { exitCode, screen } = await commctlOnTerminal(['secret', 'put', 'web/'], { endpoint: server.url });
  expect({ exitCode, screen }).toEqual({ exitCode: 2, screen: expect.stringContaining('web/ is a container') });
});

describe('what a file or a pipe gets is the value and nothing else', () => {
  test.each([mark, `${mark}\n`, 'two\r\nlines\n\n', '\u001b[31m'])('%j', async (value) => {
    using server = serverWith(value);
    expect(await commctl(get, { endpoint: server.url })).toEqual({ exitCode: 0, stdout: value, stderr: '' });
  });
});

describe('a person sees text on lines of its own', () => {
  test.each([
    [mark, `${mark}\r\n`],
    [`${mark}\n`, `${mark}\r\n`],
    ['two\nlines\n', 'two\r\nlines\r\n'],
    [`\u001b]0;title\u0007${mark}\u001b[2J`, `${mark}\r\n`],
  ])('%j', async (value, shown) => {
    using server = serverWith(value);
    expect(await commctlOnTerminal(get, { endpoint: server.url })).toEqual({ exitCode: 0, screen: shown });
  });

  test('and is told where to look at what is not text', async () => {
    using server = serverWith(bytes);
    expect(await commctlOnTerminal(get, { endpoint: server.url })).toEqual({
      exitCode: 2,
      screen:
        'commctl: the value of web/key is not text, which is all that a terminal can show\r\n' +
        'hint: write it to a file: `commctl secret get web/key > FILE`\r\n',
    });
  });
});

describe('a value that was not put shows nowhere', () => {
  const refusals = {
    'is there already': () => problem(409, { code: 'secret_exists', detail: 'web/key is there already' }),
    'is refused': () => problem(403, { code: 'forbidden', detail: 'a lacks the permission secret:write' }),
    'fails without a word': () => new Response(null, { status: 500 }),
    'is answered by something else': () => new Response('<h1>It works!</h1>'),
  };
  const environment = { COMMISSAIRE_DEBUG: '1' };

  test.each(Object.entries(refusals))('when it %s', async (_name, refusal) => {
    using server = new TestServer({ [`PUT ${route}`]: refusal });
    for (const stdin of [mark, Buffer.concat([bytes, Buffer.from(mark)])]) {
      const { exitCode, stdout, stderr } = await commctl(put, { endpoint: server.url, stdin, environment });
      expect([exitCode === 0, stdout, stderr === '']).toEqual([false, '', false]);
      expect(stderr).not.toContain(mark);
    }
    expect(server.received).toHaveLength(2);
  });

  test('when no server can be reached', async () => {
    const { exitCode, stderr } = await commctl(put, { endpoint: closedEndpoint(), stdin: mark, environment });
    expect(exitCode).toBe(5);
    expect(stderr).not.toContain(mark);
  });

  test.each([[mark], [`--value=${mark}`], [`-p${mark}`], ['more', mark]])(
    'when it is typed as %s %s',
    async (...words) => {
      const { exitCode, stdout, stderr } = await commctl([...put, ...words], { environment });
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).not.toContain(mark);
      expect(stderr).toContain('hint: see `commissaire ctl secret put --help`');
    },
  );
});
