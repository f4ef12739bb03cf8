import { expect, test } from 'vitest';
import { hostRecords } from '../../src/inventory/collections.ts';
import { emptyHost } from '../../src/inventory/host.ts';
import { Hosts } from '../../src/inventory/hosts.ts';
import { systemClock as clock } from '../../src/lib/clock.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import { everything } from '../../src/lib/selection.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { migrateFromFirst } from '../support/migrated.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('a host that was stored before there were labels has none, and takes some', async () => {
  using directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock });
  try {
    const hosts = new Hosts(store, new HostKeys(store, clock), timeOrderedId);
    const { labels: _, ...unlabelled } = emptyHost('old');
    await store.transact(async (tx) => tx.put<object>(hostRecords, 'old', unlabelled));
    await migrateFromFirst(store);
    expect(await hosts.get('old')).toEqual(emptyHost('old'));
    const alone = { records: [emptyHost('old')], total: 1 };
    expect(await hosts.select(everything)).toEqual(alone);
    expect(await hosts.selectFrom(async () => ['old', 'gone'], everything)).toEqual(alone);
    expect(await hosts.update('old', { os: 'fedora' })).toEqual({ ...emptyHost('old'), os: 'fedora' });
    expect(await hosts.changeLabels('old', () => ({ b: '2', a: '1' }))).toEqual({ a: '1', b: '2' });
    expect(await hosts.get('old')).toEqual({ ...emptyHost('old'), os: 'fedora', labels: { a: '1', b: '2' } });
  } finally {
    await store.close();
  }
});
