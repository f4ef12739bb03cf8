/**
 * Our side of `scripts/bench scale`: one command on each of COUNT simulated hosts, 1,000 at a time, each connected to
 * for the first time.
 *
 *   bench-scale-ours.ts COUNT PORT DATA_DIR
 *
 * Prints one line of JSON.
 */
import { systemClock } from '../../src/lib/clock.ts';
import { GarbageWatch, systemMemory } from '../../src/server/garbage.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { SessionPool } from '../../src/ssh/pool.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { ed25519Key } from '../../test/support/faulty-peer.ts';
import { forEachAtOnce } from './bench-at-once.ts';
import { peakMegabytesOf } from './bench-process.ts';
import { scaleAddress } from './bench-scale-address.ts';

const [count = '0', port = '0', directory = ''] = process.argv.slice(2);
const atOnce = 1_000;
const privateKey = Buffer.from(ed25519Key().private).toString('base64');
const store = openLmdbStore({ directory, clock: systemClock });
// No more sessions than hosts in flight: no session is used twice, so an idle one would only take memory.
const pool = new SessionPool({ hostKeys: new HostKeys(store, systemClock), clock: systemClock, sessions: atOnce });
const indices = Array.from({ length: Number(count) }, (_, index) => index);

// As in the server.
using garbage = new GarbageWatch(systemMemory);
using _closely = garbage.lookClosely();
const cpuBefore = process.cpuUsage();
const begun = performance.now();
let highestLimit = 0;
await forEachAtOnce(atOnce, indices, async (index) => {
  let bytes = 0;
  using lease = await pool.lend({ address: scaleAddress(index), port: Number(port), user: 'root', privateKey });
  const { exitCode } = await lease.session.exec('report', {
    deadlineMs: 60_000,
    onOutput: (chunk) => {
      bytes += chunk.length;
    },
  });
  if (exitCode !== 0 || bytes === 0) throw new Error(`${exitCode} after ${bytes} bytes on ${scaleAddress(index)}`);
  highestLimit = Math.max(highestLimit, pool.window().limit);
});
const wall_s = (performance.now() - begun) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const rss_mb = peakMegabytesOf(process.pid);
console.log(JSON.stringify({ hosts: indices.length, wall_s, cpu_s: (user + system) / 1e6, rss_mb, highestLimit }));
pool.close();
await store.close();
