import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { operationHost, operationRecord } from './support/records.ts';
import { json, TestServer } from './support/server.ts';

const base64 = (content: string) => Buffer.from(content).toString('base64');

function directory(): string {
  const made = temporaryDirectory();
  onTestFinished(() => made[Symbol.dispose]());
  return made.path;
}

const begun = operationRecord([operationHost('a')]);
const ended = operationRecord([operationHost('a', { state: 'succeeded' })], {
  status: 'finished',
  finished_at: '2026-01-02T03:05:05.000000',
});
const answers = {
  'POST /api/v0/operations': json(begun, { status: 201 }),
  'GET /api/v0/operation/op-1': json(ended),
};

/** The defaults of what a person types at a prompt. */
const atPrompt = { batch: '100%', concurrency: 64, on_failure: 'continue' };

/** What the server is asked for. */
async function sent(words: string[]): Promise<unknown> {
  using server = new TestServer(answers);
  const { exitCode, stderr } = await commctl(['--endpoint', server.url, 'copy', ...words]);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('#44 (op-1) started\n') });
  return server.received[0]?.body;
}

test('a file travels with the request, with its mode', async () => {
  const file = join(directory(), 'motd');
  writeFileSync(file, 'hello', { mode: 0o640 });
  expect(await sent([file, 'web[1-2]', '/etc/motd', '--batch', '2'])).toEqual({
    kind: 'copy',
    target: 'web[1-2]',
    parameters: { path: '/etc/motd', content: base64('hello'), mode: '0640' },
    strategy: { ...atPrompt, batch: 2 },
  });
});

test('what is said of the file goes with it', async () => {
  const file = join(directory(), 'motd');
  writeFileSync(file, 'hello');
  const options = '--mode 0600 --owner web --group 0 --parents --queue'.split(' ');
  expect(await sent([file, 'a', '/etc/motd', ...options])).toEqual({
    kind: 'copy',
    target: 'a',
    parameters: { path: '/etc/motd', content: base64('hello'), mode: '0600', owner: 'web', group: '0', parents: true },
    strategy: atPrompt,
    wait: true,
  });
});

test('it waits until the copy has ended, unless told otherwise, and -l narrows the target', async () => {
  const file = join(directory(), 'motd');
  writeFileSync(file, 'hello');
  using server = new TestServer(answers);
  const words = ['--endpoint', server.url, 'copy', file, 'cluster:web', '/etc/motd', '-l', 'rack=3', '-o', 'json'];
  const waited = await commctl(words);
  expect(waited.exitCode).toBe(0);
  expect(JSON.parse(waited.stdout)).toMatchObject({ status: 'finished' });
  expect(server.received[0]?.body).toMatchObject({ target: 'cluster:web & label:rack=3' });
  const begunOnly = await commctl([...words, '--no-wait']);
  expect(JSON.parse(begunOnly.stdout)).toMatchObject({ status: begun.status });
  expect(begunOnly.stderr).toContain('follow it with `commctl operation watch 44`');
});

test('a directory travels as its files', async () => {
  const at = directory();
  mkdirSync(join(at, 'sub/empty'), { recursive: true });
  writeFileSync(join(at, 'z'), 'z', { mode: 0o755 });
  writeFileSync(join(at, 'sub/a'), 'a', { mode: 0o644 });
  expect(await sent([at, 'a', '/opt/site'])).toMatchObject({
    parameters: {
      path: '/opt/site',
      files: [
        { path: 'sub/a', content: base64('a'), mode: '0644' },
        { path: 'z', content: base64('z'), mode: '0755' },
      ],
    },
  });
});

test('a source on the server is only named', async () => {
  expect(await sent(['--from-server', '/srv/none/image', 'a', '/var/tmp/image'])).toEqual({
    kind: 'copy',
    target: 'a',
    parameters: { path: '/var/tmp/image', source: '/srv/none/image' },
    strategy: atPrompt,
  });
});

const mistakes: [name: string, make: (at: string) => string, stderr: RegExp][] = [
  ['what is not there', (at) => join(at, 'none'), /cannot read .*none: there is no such file or directory/],
  [
    'a large file',
    (at) => {
      writeFileSync(join(at, 'large'), new Uint8Array(800_000));
      return join(at, 'large');
    },
    /too large[\s\S]*copy-sources[\s\S]*--from-server/,
  ],
  [
    'a large directory',
    (at) => {
      for (const name of ['a', 'b']) writeFileSync(join(at, name), new Uint8Array(400_000));
      return at;
    },
    /too large[\s\S]*--from-server/,
  ],
  ['an empty directory', (at) => at, /no files in it/],
  [
    'a directory with a link',
    (at) => {
      symlinkSync('/etc/passwd', join(at, 'link'));
      return at;
    },
    /link is a link/,
  ],
];

test.each(mistakes)('%s is a mistake, and nothing is asked', async (_name, make, stderr) => {
  const result = await commctl(['copy', make(directory()), 'a', '/x']);
  expect(result).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(stderr) });
});
