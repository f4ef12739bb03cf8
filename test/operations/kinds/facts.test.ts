import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { emptyHost, type Host } from '../../../src/inventory/host.ts';
import { factsKind } from '../../../src/operations/kinds/facts.ts';
import { benchOf } from './support.ts';

test('facts are printed as JSON and stand in the inventory afterwards, and the status stays', async () => {
  const records = new Map<string, Host>();
  await using bench = await benchOf(
    factsKind({
      get: async (address) => records.get(address) ?? emptyHost(address),
      async update(address, change) {
        const host = records.get(address);
        if (host === undefined) return undefined;
        records.set(address, { ...host, ...change });
        return records.get(address);
      },
      pinnedFingerprint: async () => 'SHA256:shown',
    }),
  );
  expect((await bench.run({})).host).toMatchObject({ state: 'failed', error: { code: 'host_not_found' } });

  records.set(bench.address, { ...emptyHost(bench.address), status: 'active', memory: 1 });
  const { host, output } = await bench.run({});
  expect(host).toMatchObject({ state: 'succeeded', error: null });
  const printed: unknown = JSON.parse(output);
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  expect(printed).toMatchObject({ facts: { boot_id: bootId, host_key: 'SHA256:shown' } });
  expect(records.get(bench.address)).toMatchObject(Object(printed));
  expect(records.get(bench.address)).toMatchObject({ status: 'active', last_check: expect.stringMatching(/^2/) });
});
