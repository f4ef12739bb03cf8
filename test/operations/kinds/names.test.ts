import { expect, test } from 'vitest';
import { Hosts } from '../../../src/inventory/hosts.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { timeOrderedId } from '../../../src/lib/ids.ts';
import { kindNames } from '../../../src/operations/kinds/names.ts';
import { makeKinds } from '../../../src/operations/kinds/registry.ts';
import { HostKeys } from '../../../src/ssh/host-keys.ts';
import { inventoryOn } from '../../inventory/support.ts';
import { temporaryStore } from '../support.ts';

test('conditions on the kind know every kind', async () => {
  await using store = temporaryStore();
  using hosts = new Hosts(store, new HostKeys(store, systemClock), timeOrderedId);
  const { clusters } = inventoryOn(store);
  const configuration = { copySources: [], dataDir: '/nonexistent' };
  const kinds = makeKinds({ store, clock: systemClock, hosts, clusters, configuration });
  expect(kinds.map(({ name }) => name)).toEqual(kindNames);
});
