import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { openReadOnly } from '../../src/store/read-only.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const openStore = (directory: string) => openLmdbStore({ directory, clock: systemClock });

/** What can stand where a file should. */
const things: readonly (readonly [string, (path: string) => Promise<Disposable | undefined>])[] = [
  ['a directory', async (path) => void mkdirSync(path)],
  ['a pipe', async (path) => void spawnSync('mkfifo', [path])],
  ['a socket', listeningAt],
];

async function listeningAt(path: string): Promise<Disposable> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { [Symbol.dispose]: () => server.close() };
}

const places = ['lock', 'master.key', 'store/data.mdb', 'store/lock.mdb'];

test.each(places.flatMap((place) => things.map(([name, put]) => [place, name, put] as const)))(
  'where %s is %s, the store is told to be unusable, and why',
  async (place, _name, put) => {
    using directory = temporaryDirectory();
    await openStore(directory.path).close();
    const path = join(directory.path, place);
    rmSync(path);
    using _ = await put(path);
    expect(() => openStore(directory.path)).toThrow(
      expect.objectContaining({
        code: 'store_unusable',
        message: expect.stringMatching(new RegExp(`${place}.*it is not a file`)),
        hint: expect.any(String),
      }),
    );
    if (place.startsWith('store/')) expect(() => openReadOnly(directory.path, [])).toThrow(/it is not a file/);
  },
);

test.each([
  ['lock', 'this is no lock', /cannot be locked with .*lock: SQLITE_NOTADB/],
  ['master.key', 'no key', /does not hold a master key/],
  ['store/data.mdb', 'no store', /data\.mdb is damaged: it ends before page 0 does/],
])('where %s holds something else, that is told', async (place, text, message) => {
  using directory = temporaryDirectory();
  await openStore(directory.path).close();
  writeFileSync(join(directory.path, place), text.padEnd(100, ' '), { mode: 0o600 });
  expect(() => openStore(directory.path)).toThrow(message);
  expect(() => openStore(directory.path)).toThrow(expect.objectContaining({ code: 'store_unusable' }));
});

test.each([
  ['store', 'what it is in is no directory'],
  ['server.pid', 'EISDIR'],
])('what stands in the place of %s is told', async (place, reason) => {
  using directory = temporaryDirectory();
  await openStore(directory.path).close();
  const path = join(directory.path, place);
  rmSync(path, { recursive: true, force: true });
  if (place === 'store') writeFileSync(path, '');
  else mkdirSync(path);
  expect(() => openStore(directory.path)).toThrow(
    expect.objectContaining({ code: 'store_unusable', message: expect.stringContaining(reason) }),
  );
});

test.skipIf(!mayMount)(`a first start on a full disk is told${needsRoot}`, () => {
  using disk = temporaryFileSystem('size=16k');
  writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(4_000));
  expect(() => openStore(disk.path)).toThrow(expect.objectContaining({ code: 'store_full' }));
});

test('a data directory that cannot be made is told', () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'file');
  writeFileSync(file, '');
  for (const path of [file, join(file, 'data')]) {
    expect(() => openStore(path)).toThrow(expect.objectContaining({ code: 'store_unusable' }));
  }
});
