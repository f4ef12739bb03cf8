import { expect, test } from 'vitest';
import type { HostRecord } from '../../src/operations/fold.ts';
import { foldedOutput } from '../../src/operations/folded.ts';
import { succeeded } from '../../src/operations/kind.ts';
import { operationHostRecords, readState } from '../../src/operations/records.ts';
import { engineOn, failed, kindOf, request, runToEnd, temporaryStore } from './support.ts';

test('machines that printed the same are one, and the odd ones come first', async () => {
  await using store = temporaryStore();
  const odd = ['n007', 'n042'];
  const engine = engineOn(store, [
    kindOf({
      run: async (work) => {
        // Cut into chunks in different places: what counts is what was printed.
        const text = odd.includes(work.address) ? `odd ${work.address}\n` : 'release 9.4\n';
        const cut = work.address.charCodeAt(3) % text.length;
        await work.output(new TextEncoder().encode(text.slice(0, cut)));
        await work.output(new TextEncoder().encode(text.slice(cut)));
        return work.address === 'n099' ? failed() : succeeded(0);
      },
    }),
  ]);
  const hosts = Array.from({ length: 99 }, (_, index) => `n${String(index + 1).padStart(3, '0')}`);
  const id = await runToEnd(engine, request({ strategy: { batch: 99, max_failures: 5 } }), hosts);
  const folded = await foldedOutput(store, await readState(store, id));
  expect(folded.map(({ hosts: names, count, state, output }) => ({ names, count, state, output }))).toEqual([
    { names: 'n007', count: 1, state: 'succeeded', output: 'odd n007\n' },
    { names: 'n042', count: 1, state: 'succeeded', output: 'odd n042\n' },
    { names: 'n099', count: 1, state: 'failed', output: 'release 9.4\n' },
    { names: 'n[001-006,008-041,043-098]', count: 96, state: 'succeeded', output: 'release 9.4\n' },
  ]);
  // An earlier version wrote no digests, and of half of them a second server has none.
  await store.transact(async (tx) => {
    for (const [index, address] of hosts.entries()) {
      const key = `${id}/${address}`;
      const { output_digest, ...host } = (await tx.get(operationHostRecords, key))?.value ?? {};
      expect(output_digest).toMatch(/^[\w+/]{43}=$/);
      if (index % 2 === 0) tx.put(operationHostRecords, key, host as HostRecord);
    }
  });
  expect(await foldedOutput(store, await readState(store, id))).toEqual(folded);
});

test('what is printed after the outcome counts, too', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [
    kindOf({
      run: async (work) => {
        await work.intend({ act: 'print' });
        await work.output(new TextEncoder().encode('before\n'));
        return succeeded(0);
      },
      afterwards: (work) => work.output(new TextEncoder().encode(`after on ${work.address}\n`)),
    }),
  ]);
  const id = await runToEnd(engine, request({ strategy: { batch: 2 } }), ['h1', 'h2']);
  const folded = await foldedOutput(store, await readState(store, id));
  expect(folded.map(({ output }) => output)).toEqual(['before\nafter on h1\n', 'before\nafter on h2\n']);
});

test('of a long output the beginning is shown, and said so', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [
    kindOf({
      run: async (work) => {
        await work.output(new Uint8Array(100_000).fill(120));
        return succeeded(0);
      },
    }),
  ]);
  const id = await runToEnd(engine, request(), ['h1', 'h2']);
  expect(await foldedOutput(store, await readState(store, id))).toMatchObject([
    { hosts: 'h[1-2]', count: 2, truncated: true },
  ]);
});

test('of very many different outputs each has a share, so that all of them have a bound', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [
    kindOf({
      run: async (work) => {
        await work.output(new TextEncoder().encode(`${work.address} `.repeat(10_000)));
        return succeeded(0);
      },
    }),
  ]);
  const hosts = Array.from({ length: 300 }, (_, index) => `n${index}`);
  const id = await runToEnd(engine, request({ strategy: { batch: 300 } }), hosts);
  const folded = await foldedOutput(store, await readState(store, id));
  expect(folded).toHaveLength(300);
  expect(folded.every(({ truncated }) => truncated)).toBe(true);
  expect(folded.reduce((sum, { output }) => sum + output.length, 0)).toBeLessThanOrEqual(8 * 1024 * 1024);
});
