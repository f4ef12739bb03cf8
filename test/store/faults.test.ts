import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { records } from '../../src/store/contract.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const things = records<{ n: number }>('things');

const writer = new URL('./processes/writer.ts', import.meta.url);
const filler = new URL('./processes/filler.ts', import.meta.url);

/** Runs a script and collects the lines it prints. */
function start(script: URL, args: readonly string[]) {
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, [fileURLToPath(script), ...args]);
  const lines: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  return { child, lines, errors, closed: once(child, 'close') };
}

test('a process killed while it writes loses nothing that was acknowledged, ten times over', async () => {
  using directory = temporaryDirectory();
  const acknowledged: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const { child, lines, closed, errors } = start(writer, [directory.path, String(round * 1_000_000)]);
    child.stdout.on('data', () => {
      if (lines.length > 30 + 20 * round) child.kill('SIGKILL');
    });
    expect(await closed, errors.join('\n')).toEqual([null, 'SIGKILL']);
    // The last line may have been cut off by the kill: it was printed in part, and acknowledged in full.
    acknowledged.push(...lines.slice(0, -1).map(Number));
  }
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const kept = new Set(await Array.fromAsync(store.list(things), ({ value }) => value.n));
  expect(acknowledged.filter((n) => !kept.has(n))).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(1_000);
  // The record and its event are one write, so there are as many of either.
  expect(await store.events.bounds()).toEqual({ first: 1, last: kept.size });
  const events = await store.events.read(0, kept.size + 1);
  expect(new Set(events.map(({ key }) => Number(key)))).toEqual(kept);
  await store.close();
});

test.skipIf(!mayMount)(`a full disk refuses writes, loses nothing, and lets the process end${needsRoot}`, async () => {
  using disk = temporaryFileSystem('size=2m');
  const ballast = join(disk.path, 'ballast');
  writeFileSync(ballast, Buffer.alloc(500_000));
  const directory = join(disk.path, 'data');
  const { lines, errors, closed } = start(filler, [directory, ballast]);
  // An abort of LMDB, or a promise it rejects that nobody handles, would show here.
  expect(await closed, errors.join('\n')).toEqual([0, null]);
  expect(errors).toEqual([]);
  const said = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(' ')[1]);
  const acknowledged = said('acknowledged');
  expect(acknowledged.length).toBeGreaterThan(50);
  expect(said('refused')).toEqual(['store_full', 'store_full', 'store_full']);
  expect(said('read')).toEqual(['3000']);
  expect(said('listed')).toEqual([String(acknowledged.length - 1)]);
  // With the ballast gone the same process could write again.
  expect(acknowledged.at(-1)).toBe('after');
  expect(said('closed')).toEqual(['yes']);

  const store = openLmdbStore({ directory, clock: systemClock });
  const kept = await Array.fromAsync(store.list(things), ({ key }) => key);
  expect(kept.sort()).toEqual([...acknowledged].sort());
  const { last } = await store.events.bounds();
  expect(last).toBe(kept.length);
  expect((await store.events.read(0, last + 1)).map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: last }, (_, index) => index + 1),
  );
  await store.transact(async (tx) => tx.put(things, 'more', { n: 1 }));
  await store.close();
});
