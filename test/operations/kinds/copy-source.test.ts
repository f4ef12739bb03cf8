import { createHash, randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { copyKind } from '../../../src/operations/kinds/copy.ts';
import { openSource } from '../../../src/operations/sources/allowed.ts';
import { Sources } from '../../../src/operations/sources/sources.ts';
import { GarbageWatch, systemMemory } from '../../../src/server/garbage.ts';
import { mayMount, temporaryFileSystem } from '../../support/root-only.ts';
import { failureOf } from '../../support/ssh.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { type Bench, benchOf, processesWith } from './support.ts';

const mebibyte = 1024 * 1024;
const sum = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex');
const base64 = (content: string) => Buffer.from(content).toString('base64');
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

describe.skipIf(userInfo().uid !== 0)('what is copied from the jump host (root only: it is written as root)', () => {
  const here = temporaryDirectory();
  const allowed = join(here.path, 'allowed');
  const data = join(here.path, 'allowed/data');
  const outside = join(here.path, 'outside');
  let bench: Bench;
  /** Made anew for each test: where files are copied from and to. */
  let source: string;
  let target: string;

  beforeAll(async () => {
    for (const directory of [data, outside]) mkdirSync(directory, { recursive: true });
    writeFileSync(join(data, 'master.key'), 'secret');
    writeFileSync(join(outside, 'shadow'), 'secret');
    const places = { directories: [allowed], dataDirectory: data };
    bench = await benchOf((store) => copyKind(new Sources(store, places)));
  });
  afterAll(async () => {
    await bench[Symbol.asyncDispose]();
    here[Symbol.dispose]();
  });
  beforeEach(() => {
    source = join(allowed, randomBytes(4).toString('hex'));
    mkdirSync(source);
    const made = temporaryDirectory();
    onTestFinished(() => made[Symbol.dispose]());
    target = made.path;
  });

  function put(path: string, content: string | Uint8Array, mode = 0o644): string {
    const full = join(source, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    chmodSync(full, mode);
    return full;
  }

  /** Every file below, by its path. */
  function tree(at: string): Record<string, string> {
    const names = readdirSync(at, { recursive: true, encoding: 'utf8' }).toSorted();
    const files = names.filter((name) => statSync(join(at, name)).isFile());
    return Object.fromEntries(files.map((name) => [name, readFileSync(join(at, name), 'utf8')]));
  }

  test('a file comes with its mode, but not as set-user-ID', async () => {
    const from = put('tool', '#!/bin/sh\n', 0o4750);
    const path = join(target, 'bin');
    const { host, output } = await bench.run({ source: from, path });
    expect(host).toMatchObject({ state: 'succeeded', error: null });
    expect(output).toBe(`written ${path} sha256 ${sum('#!/bin/sh\n')}\n`);
    expect(modeOf(path)).toBe('750');
    expect((await bench.run({ source: from, path })).output).toMatch(/^unchanged /);
    expect((await bench.run({ source: from, path, mode: '0700' })).output).toMatch(/^written /);
    expect(readdirSync(target)).toEqual(['bin']);
  });

  test('the checksum of a file is compared, and a directory has none', async () => {
    const from = put('file', 'x');
    const { host } = await bench.run({ source: from, path: join(target, 'f'), sha256: sum('y') });
    expect(host).toMatchObject({ state: 'failed', error: { message: expect.stringContaining('checksum') } });
    expect(await failureOf(bench.run({ source, path: join(target, 'd'), sha256: sum('y') }))).toMatchObject({
      code: 'invalid_member',
    });
    expect(readdirSync(target)).toEqual([]);
  });

  test('a directory is put together file by file; what is there besides stays', async () => {
    const names = [
      'a',
      'empty',
      "it's here",
      ' blanks at both ends ',
      'back\\slash',
      '-n',
      'sub/dir/ü狐',
      'sub/.hidden',
    ];
    for (const name of names) put(name, name === 'empty' ? '' : name, name === 'a' ? 0o600 : 0o755);
    mkdirSync(join(source, 'nothing in it'), { mode: 0o700 });
    const path = join(target, 'tree');
    mkdirSync(join(path, 'sub'), { recursive: true, mode: 0o711 });
    writeFileSync(join(path, 'sub/mine'), 'mine');
    writeFileSync(join(path, 'a'), 'old');
    const { host, output } = await bench.run({ source, path });
    expect(host).toMatchObject({ state: 'succeeded', error: null });
    expect(tree(path)).toEqual({ ...tree(source), 'sub/mine': 'mine' });
    expect([modeOf(join(path, 'a')), modeOf(join(path, '-n')), modeOf(join(path, 'nothing in it'))]).toEqual([
      '600',
      '755',
      '700',
    ]);
    // A directory that is there stays as it is.
    expect(modeOf(join(path, 'sub'))).toBe('711');
    expect(output.match(/^written /gm)).toHaveLength(names.length);
    // Nothing of what it was put together in is left.
    expect(readdirSync(path).filter((name) => name.startsWith('.commissaire'))).toEqual([]);
  });

  test('of a directory only what has changed is touched', async () => {
    for (const name of ['one', 'two', 'sub/back\\slash']) put(name, name);
    const path = join(target, 'tree');
    await bench.run({ source, path, owner: 'nobody', group: '0' });
    const before = (name: string) => {
      const { ino, mtimeMs, uid } = statSync(join(path, name));
      return { ino, mtimeMs, uid };
    };
    const kept = [before('one'), before('sub/back\\slash')];
    const changed = before('two');
    expect(changed.uid).not.toBe(0);
    put('two', 'zwei');
    const { output } = await bench.run({ source, path });
    expect(output).toBe(
      `unchanged ${path}/one sha256 ${sum('one')}\n` +
        `unchanged ${path}/sub/back\\slash sha256 ${sum('sub/back\\slash')}\n` +
        `written ${path}/two sha256 ${sum('zwei')}\n`,
    );
    expect([before('one'), before('sub/back\\slash')]).toEqual(kept);
    expect(before('two').ino).not.toBe(changed.ino);
    // Who has it stays as it is, when nobody is named.
    expect(before('two').uid).toBe(changed.uid);
    expect((await bench.run({ source, path })).output).not.toContain('written');
  });

  test('an empty directory is one too, and its place has to be there or be asked for', async () => {
    const path = join(target, 'not/there');
    expect((await bench.run({ source, path })).host).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('does not exist') },
    });
    expect((await bench.run({ source, path, parents: true })).host.state).toBe('succeeded');
    expect(readdirSync(path)).toEqual([]);
  });

  test('files of the request make a directory as well', async () => {
    const path = join(target, 'tree');
    const files = [
      { path: 'sub/run', content: base64('run'), mode: '0755' },
      { path: 'read', content: base64('read') },
    ];
    expect((await bench.run({ files, path })).host.state).toBe('succeeded');
    expect(tree(path)).toEqual({ 'sub/run': 'run', read: 'read' });
    expect([
      modeOf(path),
      modeOf(join(path, 'sub')),
      modeOf(join(path, 'sub/run')),
      modeOf(join(path, 'read')),
    ]).toEqual(['755', '755', '755', '644']);
    expect((await bench.run({ files, path })).output).not.toContain('written');
  });

  test('a directory where a file belongs, or a file where a directory does, changes nothing at all', async () => {
    put('a', 'a');
    put('z', 'z');
    const path = join(target, 'tree');
    mkdirSync(join(path, 'z'), { recursive: true });
    expect((await bench.run({ source, path })).host).toMatchObject({
      state: 'failed',
      error: { message: expect.stringMatching(/directory of that name.*z/) },
    });
    expect(readdirSync(path)).toEqual(['z']);
    writeFileSync(join(target, 'file'), 'mine');
    expect((await bench.run({ source, path: join(target, 'file') })).host).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('no directory') },
    });
    expect(readFileSync(join(target, 'file'), 'utf8')).toBe('mine');
  });

  test.skipIf(!mayMount)('a file system mounted in the directory takes its files as whole ones too', async () => {
    using mounted = temporaryFileSystem('size=2m');
    const path = join(target, 'tree');
    mkdirSync(path);
    symlinkSync(mounted.path, join(path, 'sub'));
    put('sub/file', 'content', 0o640);
    expect((await bench.run({ source, path })).host).toMatchObject({ state: 'succeeded' });
    expect(readdirSync(mounted.path)).toEqual(['file']);
    expect(modeOf(join(mounted.path, 'file'))).toBe('640');
  });

  test.skipIf(!mayMount)('what does not fit leaves the old files and nothing beside them', async () => {
    using mounted = temporaryFileSystem('size=2m');
    const path = join(mounted.path, 'tree');
    put('a', 'old');
    await bench.run({ source, path });
    put('a', 'new');
    put('b', new Uint8Array(4 * mebibyte));
    expect((await bench.run({ source, path })).host.state).toBe('failed');
    expect(tree(path)).toEqual({ a: 'old' });
    expect(readdirSync(path)).toEqual(['a']);
  });

  test('a large file passes through, and never lies in memory', async () => {
    const size = 500 * mebibyte;
    const from = join(source, 'large');
    writeFileSync(from, randomBytes(mebibyte));
    truncateSync(from, size);
    const path = join(target, 'large');
    // As the server does.
    using garbage = new GarbageWatch(systemMemory);
    using _closely = garbage.lookClosely();
    Bun.gc(true);
    const before = process.memoryUsage().rss;
    let peak = before;
    const watching = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 5);
    onTestFinished(() => clearInterval(watching));
    const { host } = await bench.run({ source: from, path });
    expect(host).toMatchObject({ state: 'succeeded', error: null });
    expect(statSync(path).size).toBe(size);
    expect(peak - before).toBeLessThan(size / 2);
  });

  describe('everything is the same for all machines', () => {
    const change: [string, (file: string) => void][] = [
      ['has other content of the same size', (file) => writeFileSync(file, 'NEW')],
      ['has grown', (file) => appendFileSync(file, 'er')],
      ['has shrunk', (file) => truncateSync(file, 1)],
    ];
    test.each(change)('a file that %s fails, and the machine keeps what it has', async (_name, changing) => {
      const from = put('file', 'new');
      const path = join(target, 'file');
      writeFileSync(path, 'old');
      const engine = bench.engine();
      const parameters = await engine.freezeParameters('copy', { source: from, path });
      changing(from);
      const asked = { kind: 'copy', parameters, cluster: '', strategy: {}, requestedBy: 'tester' };
      const { operation } = await engine.start(asked, async () => [bench.address]);
      await engine.released(operation.id);
      expect((await bench.result(operation.id)).host).toMatchObject({
        state: 'failed',
        error: { code: 'source_changed', message: expect.stringContaining('has changed since') },
      });
      expect(tree(target)).toEqual({ file: 'old' });
      expect(readdirSync(target)).toEqual(['file']);
    });

    test('what was added later is not copied, and what was taken away fails', async () => {
      put('a', 'a');
      put('b', 'b');
      const engine = bench.engine();
      const path = join(target, 'tree');
      const parameters = await engine.freezeParameters('copy', { source, path });
      put('c', 'c');
      const run = async () => {
        const asked = { kind: 'copy', parameters, cluster: '', strategy: {}, requestedBy: 'tester' };
        const { operation } = await engine.start(asked, async () => [bench.address]);
        await engine.released(operation.id);
        return bench.result(operation.id);
      };
      expect((await run()).host.state).toBe('succeeded');
      expect(tree(path)).toEqual({ a: 'a', b: 'b' });
      rmSync(join(source, 'b'));
      // The machine has it already.
      expect((await run()).host.state).toBe('succeeded');
      rmSync(join(path, 'b'));
      expect((await run()).host).toMatchObject({ state: 'failed', error: { code: 'source_unusable' } });
    });

    test('another content is another operation, the same content is the same one', async () => {
      const from = put('file', 'one');
      const engine = bench.engine();
      const asked = { source: from, path: join(target, 'file') };
      const first = await engine.freezeParameters('copy', asked);
      expect(await engine.freezeParameters('copy', asked)).toEqual(first);
      put('file', 'two');
      expect(await engine.freezeParameters('copy', asked)).not.toEqual(first);
    });
  });

  describe('nothing else of the jump host can be read', () => {
    const refused: [string, () => string][] = [
      ['another directory', () => join(outside, 'shadow')],
      ['a way out of the directory', () => `${allowed}/../outside/shadow`],
      ['a directory whose name begins the same', () => `${allowed}-not/file`],
      ['the data directory', () => data],
      ['the key in the data directory', () => join(data, 'master.key')],
      ['a directory that holds the data directory', () => allowed],
      [
        'a link to a file outside',
        () => {
          symlinkSync(join(outside, 'shadow'), join(source, 'link'));
          return join(source, 'link');
        },
      ],
      [
        'a link to a directory outside, in the middle',
        () => {
          symlinkSync(outside, join(source, 'link'));
          return join(source, 'link/shadow');
        },
      ],
      [
        'a link to the key',
        () => {
          symlinkSync('../data/master.key', join(source, 'link'));
          return join(source, 'link');
        },
      ],
    ];
    test.each(refused)('%s is refused', async (_name, making) => {
      const path = join(target, 'file');
      expect(await failureOf(bench.run({ source: making(), path }))).toMatchObject({
        code: 'source_not_allowed',
        message: expect.stringContaining('copy-sources'),
      });
      expect(readdirSync(target)).toEqual([]);
    });

    test('without the option nothing is allowed, and whether a file is there is not told', async () => {
      const none = new Sources(bench.link.store, { directories: [], dataDirectory: data });
      for (const path of [join(source, 'x'), '/etc/passwd', '/nonexistent']) {
        expect(await failureOf(none.freeze(path))).toMatchObject({
          code: 'source_not_allowed',
          message: expect.stringContaining('it names none'),
        });
      }
    });

    const unusable: [string, () => string, RegExp][] = [
      ['a file that is not there', () => join(source, 'none'), /ENOENT/],
      [
        'a directory with a link in it',
        () => {
          put('file', 'x');
          symlinkSync('file', join(source, 'link'));
          return source;
        },
        /link/,
      ],
      [
        'a pipe',
        () => {
          Bun.spawnSync(['mkfifo', join(source, 'pipe')]);
          return join(source, 'pipe');
        },
        /not a regular file/,
      ],
      ['a name with a line break', () => dirname(put('a\nb', 'x')), /line break/],
    ];
    test.each(unusable)('%s is refused', async (_name, making, why) => {
      expect(await failureOf(bench.run({ source: making(), path: join(target, 'x') }))).toMatchObject({
        code: 'source_unusable',
        message: expect.stringMatching(why),
      });
    });

    test.each([
      ['the file', 'sub/file', 'sub/file'],
      ['the directory it is in', 'sub', 'sub'],
    ])('a link that takes the place of %s after the start is not followed', async (_name, replaced) => {
      put('sub/file', 'content');
      mkdirSync(join(outside, 'sub'), { recursive: true });
      writeFileSync(join(outside, 'sub/file'), 'content');
      const sources = new Sources(bench.link.store, { directories: [allowed], dataDirectory: data });
      const { manifest } = await sources.freeze(source);
      const [file] = manifest.files;
      if (file === undefined) throw new Error('the manifest has no file');
      rmSync(join(source, replaced), { recursive: true });
      symlinkSync(join(outside, replaced), join(source, replaced));
      const read = Array.fromAsync(sources.content(manifest, file));
      expect(await failureOf(read)).toMatchObject({ code: 'source_not_allowed' });
    });
  });

  test.each([
    ['a link', 'sub/file', 'source_unusable'],
    ['below a link', 'sub', 'source_not_allowed'],
  ])(
    'a file that is %s at the moment it is opened is not read, whatever was looked at before',
    async (_, replaced, code) => {
      put('sub/file', 'content');
      mkdirSync(join(outside, 'sub'), { recursive: true });
      writeFileSync(join(outside, 'sub/file'), 'content');
      rmSync(join(source, replaced), { recursive: true });
      symlinkSync(join(outside, replaced), join(source, replaced));
      const opening = openSource(join(source, 'sub/file'), { directories: [allowed], dataDirectory: data });
      expect(await failureOf(opening)).toMatchObject({ code });
    },
  );

  test('a copy that is cut off half way leaves no half file and nothing beside it', async () => {
    const from = join(source, 'large');
    writeFileSync(from, '');
    truncateSync(from, 600 * mebibyte);
    const path = join(target, 'tree');
    mkdirSync(path);
    writeFileSync(join(path, 'large'), 'old');
    const { engine, id } = await bench.start({ source, path });
    const staging = () => readdirSync(path).find((name) => name.startsWith('.commissaire.'));
    await until(() => staging() !== undefined);
    await engine.stop();
    await until(() => staging() === undefined && processesWith(path).length === 0);
    expect(tree(path)).toEqual({ large: 'old' });
    expect((await bench.result(id)).host.state).toBe('running');
    const next = bench.engine();
    await next.resume();
    await next.released(id);
    expect((await bench.result(id)).host.state).toBe('succeeded');
    expect(statSync(join(path, 'large')).size).toBe(600 * mebibyte);
    expect(readdirSync(path)).toEqual(['large']);
  });
});
