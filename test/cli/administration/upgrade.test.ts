import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import { printables } from '../../../src/server/installation/printed.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { collectionVersions } from '../../../src/store/migration.ts';
import { startServer } from '../../support/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { commctl } from '../support/commctl.ts';

const commissaire = (...args: string[]) => commctl(args, { program: [] });

test.each([
  [['--check', '--rollback'], 'give one of --check, --rollback and --can-open'],
  [['--restore-snapshot'], '--restore-snapshot needs --rollback'],
  [['--data-dir', '/srv'], '--data-dir needs --can-open'],
])('upgrade %j is refused', async (words, message) => {
  const { exitCode, stderr } = await commissaire('upgrade', ...words);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test('the source cannot be upgraded', async () => {
  const { exitCode, stderr } = await commissaire('upgrade', '--check');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('only the compiled file can be upgraded')]);
});

test('a version says whether it can open a store, also while a server has it open', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const asked = () => commissaire('upgrade', '--can-open', '--data-dir', dataDir);
  {
    await using _server = await startServer({ directory: directory.path });
    expect(await asked()).toMatchObject({ exitCode: 0, stdout: 'this version can open the store\n' });
  }
  const store = openLmdbStore({ directory: dataDir, clock: systemClock });
  await store.transact(async (tx) => tx.put(collectionVersions, 'networks', { version: 99 }));
  await store.close();
  const { exitCode, stderr } = await asked();
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('networks of the store has version 99')]);
});

test('print prints each file, and names them all when there is none of a name', async () => {
  for (const name of printables) {
    const { exitCode, stdout } = await commissaire('print', name, '--executable', '/usr/bin/commissaire');
    expect([name, exitCode]).toEqual([name, 0]);
    expect(stdout.length).toBeGreaterThan(50);
  }
  const { exitCode, stderr } = await commissaire('print', 'unit', '--executable', '/usr/bin/commissaire');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(printables.join(', '))]);
  const elsewhere = await commissaire('print', 'systemd-unit', '--executable', '/opt/a b/commissaire');
  expect(elsewhere).toMatchObject({ exitCode: 2, stdout: '' });
});
