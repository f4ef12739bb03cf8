import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { copyFiles } from '../../../src/machine/copy.ts';
import { copyKind } from '../../../src/operations/kinds/copy.ts';
import { Sources } from '../../../src/operations/sources/sources.ts';
import type { Session } from '../../../src/ssh/session.ts';
import { fleetTarget } from '../../support/ssh.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { type Bench, benchOf } from './support.ts';

/** The same with the content of the files, which come in pieces of their own, changed on the way. */
async function* damaged(stdin: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of stdin instanceof Uint8Array ? [stdin] : stdin) {
    yield Buffer.from(piece).equals(Buffer.from('new')) ? Buffer.from('now') : piece;
  }
}

const never = new AbortController().signal;
const sum = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString('base64');

describe.skipIf(userInfo().uid !== 0)('a copied file (root only: it is written as root)', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await benchOf((store) => copyKind(new Sources(store, { directories: [], dataDirectory: '/nonexistent' })));
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
  });

  function directory(): string {
    const made = temporaryDirectory();
    onTestFinished(() => made[Symbol.dispose]());
    return made.path;
  }

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['bytes that are no text', Uint8Array.from({ length: 1024 }, (_, index) => index % 256)],
    ['as much as a request can hold', new Uint8Array(750_000).fill(7)],
  ])('holds what was sent: %s', async (_name, content) => {
    const path = join(directory(), "it's here");
    const { host, output } = await bench.run({ path, content: base64(content) });
    expect(host).toMatchObject({ state: 'succeeded', error: null });
    expect(readFileSync(path).equals(content)).toBe(true);
    expect(statSync(path).mode & 0o7777).toBe(0o644);
    expect(output).toBe(`written ${path} sha256 ${sum(content)}\n`);
  });

  test('it is another file under the same name, and who has the old one open keeps that', async () => {
    const at = directory();
    const path = join(at, 'file');
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    const before = statSync(path).ino;
    await bench.run({ path, content: base64('new') });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).ino).not.toBe(before);
    // What was not asked for stays.
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(readdirSync(at)).toEqual(['file']);
  });

  test('a file that is as wanted is not touched; one with other rights is', async () => {
    const path = join(directory(), 'file');
    const wanted = { path, content: base64('same'), mode: '0600', owner: 'nobody', group: '0' };
    await bench.run(wanted);
    const before = statSync(path);
    expect(before.mode & 0o7777).toBe(0o600);
    expect(before.uid).not.toBe(0);
    const { host, output } = await bench.run(wanted);
    expect(host.state).toBe('succeeded');
    expect(output).toBe(`unchanged ${path} sha256 ${sum('same')}\n`);
    expect(statSync(path).ino).toBe(before.ino);
    expect((await bench.run({ ...wanted, mode: '0644' })).output).toMatch(/^written /);
    expect(statSync(path).mode & 0o7777).toBe(0o644);
  });

  test('the directory must be there, or be asked for', async () => {
    const path = join(directory(), 'a/b/file');
    const { host } = await bench.run({ path, content: base64('x') });
    expect(host).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('does not exist') } });
    expect((await bench.run({ path, content: base64('x'), parents: true })).host.state).toBe('succeeded');
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  test('a directory is not replaced, a link is, and what it led to stays', async () => {
    const at = directory();
    mkdirSync(join(at, 'directory'));
    const { host } = await bench.run({ path: join(at, 'directory'), content: base64('x') });
    expect(host).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('directory') } });
    writeFileSync(join(at, 'other'), 'other');
    symlinkSync('other', join(at, 'link'));
    await bench.run({ path: join(at, 'link'), content: base64('x') });
    expect(readFileSync(join(at, 'link'), 'utf8')).toBe('x');
    expect(readFileSync(join(at, 'other'), 'utf8')).toBe('other');
  });

  test('content that is not what its checksum says is not sent', async () => {
    const path = join(directory(), 'file');
    const { host } = await bench.run({ path, content: base64('x'), sha256: sum('y') });
    expect(host).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('checksum') } });
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  test('content that arrives damaged leaves the old file and nothing beside it', async () => {
    const at = directory();
    const path = join(at, 'file');
    writeFileSync(path, 'old');
    const session = await bench.link.dial(fleetTarget(bench.fleet));
    const damaging: Session = {
      target: session.target,
      hostKey: session.hostKey,
      closed: session.closed,
      exec: (command, options) =>
        session.exec(
          command,
          typeof options.stdin === 'object' ? { ...options, stdin: damaged(options.stdin) } : options,
        ),
      put: () => Promise.reject(new Error('not used')),
      forward: () => Promise.reject(new Error('not used')),
      close: () => session.close(),
    };
    const content = async function* () {
      yield Buffer.from('new');
    };
    const file = { path: 'file', size: 3, sha256: sum('new'), content };
    const copy = { base: at, parents: false, directories: [], files: [file] };
    await expect(copyFiles(damaging, copy, never)).rejects.toMatchObject({
      code: 'command_failed',
      message: expect.stringContaining('checksum'),
    });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(at)).toEqual(['file']);
  });

  /** A tool that takes more from its input than it hands on, as some do that read ahead. */
  const greedy = (tool: string) => `${tool}() { cat | command ${tool} "$@"; }`;

  test.each([
    ['head', [greedy('head')], undefined],
    ['dd', [greedy('dd')], undefined],
    ['either', [greedy('head'), greedy('dd')], expect.stringContaining('neither head nor dd')],
  ])('on a machine where %s reads ahead', async (_name, tools, message) => {
    const at = directory();
    const session = await bench.link.dial(fleetTarget(bench.fleet));
    const there: Session = {
      target: session.target,
      hostKey: session.hostKey,
      closed: session.closed,
      exec: (command, options) => session.exec([...tools, command].join('\n'), options),
      put: () => Promise.reject(new Error('not used')),
      forward: () => Promise.reject(new Error('not used')),
      close: () => session.close(),
    };
    const files = ['one', 'two', 'three'].map((text) => ({
      path: text,
      size: text.length,
      sha256: sum(text),
      content: async function* () {
        yield Buffer.from(text);
      },
    }));
    const copying = copyFiles(there, { base: at, parents: false, directories: [], files }, never);
    if (message === undefined) {
      await copying;
      expect(files.map(({ path }) => readFileSync(join(at, path), 'utf8'))).toEqual(['one', 'two', 'three']);
    } else {
      await expect(copying).rejects.toMatchObject({ code: 'command_failed', message });
      expect(readdirSync(at)).toEqual([]);
    }
  });

  test.each([
    ['a relative path', { path: 'file', content: '' }],
    ['a directory', { path: '/tmp/', content: '' }],
    ['content that is not base64', { path: '/tmp/file', content: '*' }],
    ['a mode with a name', { path: '/tmp/file', content: '', mode: 'u+x' }],
    ['two contents', { path: '/tmp/file', content: '', source: '/etc/motd' }],
    ['no content', { path: '/tmp/file' }],
    ['a relative source', { path: '/tmp/file', source: 'motd' }],
    ['a file above the directory', { path: '/tmp/d', files: [{ path: '../x', content: '' }] }],
    ['a file above, further down', { path: '/tmp/d', files: [{ path: 'a/../../x', content: '' }] }],
    ['an absolute file', { path: '/tmp/d', files: [{ path: '/x', content: '' }] }],
    ['a line break in a name', { path: '/tmp/d', files: [{ path: 'a\nb', content: '' }] }],
    ['an owner that is an option', { path: '/tmp/file', content: '', owner: '-R' }],
  ])('parameters with %s are refused', (_name, parameters) => {
    expect(() => bench.engine().checkParameters('copy', parameters)).toThrow(
      expect.objectContaining({ code: 'invalid_member' }),
    );
  });
});
