import { expect, test } from 'vitest';
import { boots, fleet, Site } from './site.ts';

const rounds = 10;
/** A rolling restart of the three machines takes about this long here, so the crashes fall all over it. */
const spreadMs = 1_700;

test(`${rounds} times kill -9 in a rolling restart: each run ends by itself, each machine reboots exactly once`, async () => {
  await using site = await Site.open();
  const hitStates: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const before = fleet.hosts.map((host) => boots(host).length);
    const id = await site.begin('restart');
    await Bun.sleep(Math.random() * spreadMs);
    const seen = await site.operation(id);
    await site.crash();
    await site.start();
    const acknowledged = await site.client.operations.list({ cluster: 'web' });
    expect(acknowledged.filter(({ kind }) => kind === 'restart').length, `round ${round}`).toBe(round);

    const operation = await site.ended(id);
    hitStates.push(seen.results.map(({ state, phase }) => phase ?? state).join(','));
    expect(operation.status, `round ${round}, killed in ${hitStates.at(-1)}`).toBe('finished');
    expect(
      fleet.hosts.map((host) => boots(host).length),
      `round ${round}, killed in ${hitStates.at(-1)}`,
    ).toEqual(before.map((count) => count + 1));
    expect((await site.client.hosts.list()).length).toBe(fleet.hosts.length);
  }
  console.log(`killed while the machines were:\n  ${hitStates.join('\n  ')}`);
  // Kills that all came before or after the work would prove nothing.
  expect(hitStates.filter((states) => /connecting|acting|rebooting/.test(states)).length).toBeGreaterThan(0);
});
