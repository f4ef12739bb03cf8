import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer } from '../support/compiled.ts';
import { OwnMemory } from '../support/memory.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { describeTally, fuzz } from './fuzz/run.ts';
import { makeInventory, restoreInventory } from './inventory.ts';
import { LoopProbe } from './probe/loop-probe.ts';
import { errorsOf, strayLinesOf, verifyAudit } from './server-state.ts';
import { configureSite, isAlone, isLong, needsAlone } from './site.ts';

const count = Number(process.env.COMMISSAIRE_FUZZ_COUNT ?? (isLong ? 500_000 : 20_000));
const seed = Number(process.env.COMMISSAIRE_FUZZ_SEED ?? randomInt(2 ** 31));
/** With a hundred hosts, and bodies of up to 3 MiB over 32 connections at once. */
const mostMemory = 600_000_000;

test.skipIf(!isAlone)(
  `${count} requests that chance made up are answered as the API document says${needsAlone}`,
  {
    timeout: 4 * 3_600_000,
  },
  async () => {
    console.log(`COMMISSAIRE_FUZZ_SEED=${seed}`);
    using directory = temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    configureSite(dataDir);
    await using server = await CompiledServer.start({ dataDir });
    const known = await makeInventory(server);
    using memory = new OwnMemory(server);
    await using probe = new LoopProbe(server.url);
    const tally = await fuzz({
      server,
      known,
      seed,
      count,
      directory: join(tmpdir(), `commissaire-fuzz-${seed}`),
      restore: () => restoreInventory(server),
      ...(isLong ? { onProgress: (sofar) => console.log(describeTally(sofar)) } : {}),
    });
    const worst = await probe.worst();
    const peak = memory.end();
    console.log(describeTally(tally));
    console.log(`worst pause ${worst.toFixed(0)} ms, most memory ${Math.round(peak / 1e6)} MB`);

    expect(tally.told, `COMMISSAIRE_FUZZ_SEED=${seed} repeats this`).toEqual([]);
    expect(tally.faults).toBe(0);
    expect((await server.request('/livez')).status).toBe(200);
    expect(errorsOf(server)).toEqual([]);
    expect(strayLinesOf(server)).toEqual([]);
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(verifyAudit(dataDir)).toContain('whole');
    expect(peak).toBeLessThan(mostMemory);
  },
);
