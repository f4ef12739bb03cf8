import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HostWork, succeeded } from '../../src/operations/kind.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { readOutput } from '../../src/operations/output.ts';
import { outputChunks, outputKey, readState } from '../../src/operations/records.ts';
import type { Store } from '../../src/store/contract.ts';
import { engineOn, Gate, kindOf, request, runToEnd, temporaryStore } from './support.ts';

/** Runs an operation in which the one host prints the chunks. */
async function printing(
  store: Store,
  chunks: readonly Uint8Array[],
  { address = 'h01', keptOutputBytes = 1_000_000 } = {},
): Promise<string> {
  const run = async (work: HostWork) => {
    for (const chunk of chunks) await work.output(chunk);
    return succeeded(0);
  };
  return runToEnd(engineOn(store, [kindOf({ run })], { keptOutputBytes }), request(), [address]);
}

/** Reads as a client does: on from where the last answer ended, until the log is complete. */
async function readAll(store: Store, id: string, from = 0, address = 'h01'): Promise<Buffer> {
  const read: Uint8Array[] = [];
  let offset = from;
  while (true) {
    const slice = await readOutput(store, id, address, offset);
    if (slice === undefined) throw new Error('the host is not in the operation');
    read.push(slice.bytes);
    expect(slice.next).toBeGreaterThanOrEqual(offset);
    if (slice.complete) return Buffer.concat(read);
    expect(slice.next).toBeGreaterThan(offset);
    offset = slice.next;
  }
}

test('output read from any offset is what was printed from there on, across chunks', async () => {
  await using store = temporaryStore();
  const chunks = fc.array(fc.uint8Array({ maxLength: 12 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat({ max: 150 }), async (printed, from) => {
      const id = await printing(store, printed);
      const whole = Buffer.concat(printed);
      expect((await readAll(store, id, from)).toString('hex')).toBe(whole.subarray(from).toString('hex'));
    }),
    { numRuns: 60 },
  );
});

test('bytes that are no text come back as they were', async () => {
  await using store = temporaryStore();
  const every = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
  const id = await printing(store, [every.subarray(0, 200), every.subarray(200)]);
  expect(new Uint8Array(await readAll(store, id))).toEqual(every);
});

test('a long log comes in pieces of about a mebibyte', async () => {
  await using store = temporaryStore();
  const chunk = new Uint8Array(300_000).fill(120);
  const id = await printing(
    store,
    Array.from({ length: 8 }, () => chunk),
    { keptOutputBytes: 10_000_000 },
  );
  const first = await readOutput(store, id, 'h01', 0);
  expect(first).toMatchObject({ next: 1_200_000, complete: false });
  expect(first?.bytes.length).toBe(1_200_000);
  expect((await readAll(store, id)).length).toBe(2_400_000);
});

test('what comes after the bound is counted and dropped, and the log still comes to its end', async () => {
  await using store = temporaryStore();
  const id = await printing(store, ['0123456', '789abcd', 'efgh'].map(Buffer.from), { keptOutputBytes: 10 });
  expect((await readAll(store, id)).toString()).toBe('0123456789');
  expect((await readState(store, id)).hosts.get('h01')?.output_bytes).toBe(18);
  for (const offset of [10, 12, 18, 500]) {
    expect(await readOutput(store, id, 'h01', offset)).toMatchObject({ next: offset, complete: true });
  }
  expect(await Array.fromAsync(store.chunks.list(outputChunks), ({ bytes }) => bytes.length)).toEqual([7, 3]);
});

test('a log is complete only once its host has ended', async () => {
  await using store = temporaryStore();
  const [printed, go] = [new Gate(), new Gate()];
  const run = async (work: HostWork) => {
    await work.output(Buffer.from('so far'));
    printed.open();
    await go.passed;
    return succeeded(0);
  };
  const engine = engineOn(store, [kindOf({ run })]);
  const { operation } = await engine.start(request(), async () => ['h01']);
  await printed.passed;
  expect(await readOutput(store, operation.id, 'h01', 0)).toMatchObject({ next: 6, complete: false });
  expect(await readOutput(store, operation.id, 'h01', 6)).toMatchObject({ next: 6, complete: false });
  go.open();
  await engine.released(operation.id);
  expect(await readOutput(store, operation.id, 'h01', 0)).toMatchObject({ next: 6, complete: true });
});

test('the log of one host holds nothing of another whose address begins the same', async () => {
  await using store = temporaryStore();
  const run = async (work: HostWork) => {
    await work.output(Buffer.from(work.address));
    return succeeded(0);
  };
  const addresses = ['2001:db8::1', '2001:db8::12', '2001:db8::1.example', '192.0.2.1', '192.0.2.11'];
  const strategy = { batch: 5, max_failures: 1 };
  const id = await runToEnd(engineOn(store, [kindOf({ run })]), request({ strategy }), addresses);
  for (const address of addresses) expect((await readAll(store, id, 0, address)).toString()).toBe(address);
});

test('keys of chunks sort by offset', () => {
  const offsets = [0, 9, 10, 99, 1_000, 64 * 1024 * 1024, 999_999_999_999_999];
  const keys = offsets.map((offset) => outputKey('id', 'h01', offset));
  expect([...keys].sort()).toEqual(keys);
});

test('the log of a host that is not in the operation, or of no operation, is refused', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [kindOf({ run: async () => succeeded(0) })]);
  const id = await runToEnd(engine, request(), ['h01']);
  const views = new OperationViews(store, engine);
  await expect(views.log(id, 'h02', 0)).rejects.toMatchObject({ code: 'host_not_found' });
  await expect(views.log('x'.repeat(3_000), 'h01', 0)).rejects.toMatchObject({ code: 'operation_not_found' });
});
