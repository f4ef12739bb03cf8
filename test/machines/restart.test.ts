import { expect, test } from 'vitest';
import { Probe } from './probe.ts';
import { boots, fleet, Site } from './site.ts';

test('a rolling restart reboots every machine once, with at most one down at any time', async () => {
  await using site = await Site.open();
  const before = fleet.hosts.map(boots);
  const probe = new Probe(fleet.hosts);
  const id = await site.begin('restart');
  const operation = await site.ended(id);
  await probe[Symbol.asyncDispose]();

  expect(operation.status).toBe('finished');
  expect(operation.results.map(({ state, attempts }) => ({ state, attempts }))).toEqual(
    fleet.hosts.map(() => ({ state: 'succeeded', attempts: 1 })),
  );
  for (const [index, host] of fleet.hosts.entries()) {
    expect(boots(host)).toEqual([...(before[index] ?? []), expect.any(String)]);
  }
  // The probe saw each machine go: what it says of the others is worth something.
  expect(new Set(probe.outages.map(({ name }) => name)).size).toBe(fleet.hosts.length);
  expect(probe.mostDown).toBe(1);
});

test('a batch of three restarts all machines at the same time', async () => {
  await using site = await Site.open();
  const before = fleet.hosts.map((host) => boots(host).length);
  const probe = new Probe(fleet.hosts);
  const operation = await site.ended(await site.begin('restart', { strategy: { batch: 3 } }));
  await probe[Symbol.asyncDispose]();
  expect(operation.status).toBe('finished');
  expect(fleet.hosts.map((host) => boots(host).length)).toEqual(before.map((count) => count + 1));
  expect(probe.mostDown).toBeGreaterThan(1);
});

test('as a user with sudo a restart works; as one without, it fails and says so', async () => {
  const [machine] = fleet.hosts;
  if (machine === undefined) throw new Error('the fleet is empty');
  await using allowed = await Site.open([machine], 'operator');
  expect((await allowed.ended(await allowed.begin('restart'))).status).toBe('finished');

  await using refused = await Site.open([machine], 'plain');
  const host = await refused.client.hosts.get(machine.address);
  expect(host).toMatchObject({ status: 'failed', os: 'debian', error: expect.stringContaining('sudo') });
  const before = boots(machine).length;
  const operation = await refused.ended(await refused.begin('restart'));
  expect(operation).toMatchObject({
    status: 'failed',
    results: [{ state: 'failed', error: { code: 'sudo_refused' } }],
  });
  expect(boots(machine).length).toBe(before);
});

test('a machine that does not come back fails the run, and the next one is not touched', async () => {
  // Here the machine is gone before it begins; jump-host.test.ts has one that comes back too late.
  const unreachable = { name: 'm9', address: '198.51.100.99', port: 22, root: null };
  await using site = await Site.open([unreachable, ...fleet.hosts.slice(0, 1)]);
  const before = fleet.hosts.map((host) => boots(host).length);
  const operation = await site.ended(await site.begin('restart'));
  expect(operation.status).toBe('failed');
  expect(operation.results.map(({ state }) => state)).toEqual(['unreachable', 'cancelled']);
  expect(fleet.hosts.map((host) => boots(host).length)).toEqual(before);
});
