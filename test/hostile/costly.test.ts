import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer } from '../support/compiled.ts';
import { peakMemory } from '../support/memory.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { FuzzConnection } from './fuzz/connection.ts';
import { makeInventory } from './inventory.ts';
import { type CostlyInput, costlyInputs } from './probe/inputs.ts';
import { LoopProbe } from './probe/loop-probe.ts';
import { errorsOf, strayLinesOf, verifyAudit } from './server-state.ts';
import { basic, configureSite, isAlone, isLong, needsAlone } from './site.ts';

/** How often each is sent: the worst of a few is what counts, and the first time much is compiled. */
const repetitions = isLong ? 10 : 1;
const mostMemory = 400_000_000;

test.skipIf(!isAlone)(
  `the costliest input of each route is answered, and others meanwhile${needsAlone}`,
  {
    timeout: 1_800_000,
  },
  async () => {
    using directory = temporaryDirectory();
    const dataDir = join(directory.path, 'data');
    configureSite(dataDir);
    await using server = await CompiledServer.start({ dataDir });
    const { id: [operation = ''] = [] } = await makeInventory(server);
    await using probe = new LoopProbe(server.url);
    using connection = new FuzzConnection(server.url);

    const measured: Array<{ name: string; status: string; ms: number; pause: number }> = [];
    for (const input of costlyInputs({ operation })) {
      let [status, ms, pause] = ['', 0, 0];
      for (let time = 0; time < repetitions; time += 1) {
        await probe.worst();
        const begun = performance.now();
        status = String((await connection.send(input.method, bytesOf(input))).status);
        ms = Math.max(ms, performance.now() - begun);
        pause = Math.max(pause, await probe.worst());
      }
      measured.push({ name: input.name, status, ms, pause });
    }
    const slowestFirst = measured.toSorted((a, b) => b.pause - a.pause);
    const shown = isLong ? slowestFirst : slowestFirst.slice(0, 10);
    console.log(
      shown
        .map((one) => `${one.pause.toFixed(0)} ms paused, ${one.ms.toFixed(0)} ms: ${one.status} ${one.name}`)
        .join('\n'),
    );

    const failed = measured.filter(({ status }) => !/^[234]\d\d$/.test(status));
    expect(failed.map(({ name, status }) => `${name}: ${status}`)).toEqual([]);
    expect(errorsOf(server)).toEqual([]);
    expect(strayLinesOf(server)).toEqual([]);
    const peak = peakMemory(server);
    console.log(`most memory ${Math.round(peak / 1e6)} MB`);
    expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(verifyAudit(dataDir)).toContain('whole');
    expect(peak).toBeLessThan(mostMemory);
  },
);

function bytesOf(input: CostlyInput): Buffer {
  const { method, path, body = '', type = 'application/json', headers = [], caller = 'admin' } = input;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${basic(caller)}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
