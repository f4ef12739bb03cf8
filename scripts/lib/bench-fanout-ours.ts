/**
 * Our side of `scripts/bench fanout`: `true` on every host of an sshd fleet, directly through the pool of `src/ssh`.
 *
 *   bench-fanout-ours.ts STATE DATA_DIR CONCURRENCY [ROUNDS]
 *
 * Prints one line of JSON per round. The first round opens the sessions, the others use the open ones. Host keys are
 * pinned in DATA_DIR, so that a second process finds them there, as the other tools find theirs in known_hosts.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/lib/clock.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { SessionPool } from '../../src/ssh/pool.ts';
import type { Target } from '../../src/ssh/session.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { readFleet } from '../../test/support/fleet.ts';
import { forEachAtOnce } from './bench-at-once.ts';

const [state = '', directory = '', concurrency = '100', rounds = '1'] = process.argv.slice(2);
const fleet = readFleet(state);
const privateKey = readFileSync(fleet.key).toString('base64');
const targets = fleet.hosts.map(({ address, port }): Target => ({ address, port, user: fleet.user, privateKey }));
const store = openLmdbStore({ directory, clock: systemClock });
const pool = new SessionPool({ hostKeys: new HostKeys(store, systemClock), clock: systemClock });

for (let round = 0; round < Number(rounds); round += 1) {
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  await forEachAtOnce(Number(concurrency), targets, async (target) => {
    using lease = await pool.lend(target);
    const { exitCode } = await lease.session.exec('true', { deadlineMs: 30_000 });
    if (exitCode !== 0) throw new Error(`true ended with ${exitCode} on ${target.address}`);
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  const figures = { hosts: targets.length, wall_s: (performance.now() - begun) / 1000, cpu_s: (user + system) / 1e6 };
  console.log(JSON.stringify(figures));
}
pool.close();
await store.close();
