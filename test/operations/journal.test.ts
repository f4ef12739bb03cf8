import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import type { JournalEntry, NewEntry } from '../../src/operations/entry.ts';
import { fold, newHostRecord, type OperationRecord, type OperationState } from '../../src/operations/fold.ts';
import { Journal } from '../../src/operations/journal.ts';
import { journalEntries, readState } from '../../src/operations/records.ts';
import type { Store } from '../../src/store/contract.ts';
import { ProcessLeases } from '../../src/store/leases.ts';
import {
  FaultyStore,
  hostsNamed,
  journalOf,
  outputOf,
  RecordingLogger,
  request,
  temporaryStore,
  writtenDown,
} from './support.ts';

const hosts = hostsNamed(3);
const surroundings = { clock: systemClock, logger: new RecordingLogger(), stopping: new AbortController().signal };

/** As the owner of the operation. */
async function journalOn(store: Store, id: string): Promise<Journal> {
  const lease = await new ProcessLeases(store).take(`operation/${id}`);
  return Journal.open({ store, lease, ...surroundings }, id);
}

async function opened(store: Store): Promise<{ operation: OperationRecord; journal: Journal }> {
  const operation = await writtenDown(store, request({ cluster: timeOrderedId() }), hosts);
  return { operation, journal: await journalOn(store, operation.id) };
}

/** Anything a kind or the engine may append, in any order, sensible or not. */
const entry: fc.Arbitrary<NewEntry> = fc.constantFrom(...hosts).chain((host) =>
  fc.oneof(
    fc.constantFrom<NewEntry>(
      { type: 'operation_resumed' },
      { type: 'host_started', host },
      { type: 'host_resumed', host },
      { type: 'host_phase', host, phase: 'acting' },
      { type: 'host_phase', host, phase: 'gating' },
      { type: 'host_tidied', host },
      { type: 'limit_reached', reason: 'enough' },
      { type: 'batch_opened', batch: 1, hosts: [host] },
      { type: 'operation_ended', handshake_window: null, status: 'failed', reason: 'enough' },
    ),
    fc.nat({ max: 9 }).map<NewEntry>((n) => ({ type: 'host_intent', host, intent: { act: 'count', n } })),
    fc
      .record({ state: fc.constantFrom('succeeded' as const, 'failed' as const), untidy: fc.boolean() })
      .map<NewEntry>((ended) => ({ type: 'host_ended', host, exit_code: 0, error: null, ...ended })),
  ),
);
const step = fc.oneof(
  fc.record({ append: fc.array(entry, { minLength: 1, maxLength: 3 }), waits: fc.boolean() }),
  fc.record({ output: fc.string({ maxLength: 20 }), host: fc.constantFrom(...hosts), waits: fc.boolean() }),
);

test('the records beside a journal are the fold of what is in it, whatever was appended and how it was waited for', async () => {
  await using store = temporaryStore();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { operation, journal } = await opened(store);
      const written: Promise<void>[] = [];
      const printed = new Map(hosts.map((host) => [host, new Printed()]));
      let isOver = false;
      for (const taken of steps) {
        const done =
          'append' in taken ? journal.append(...taken.append) : journal.output(taken.host, Buffer.from(taken.output));
        // Nothing comes after the end.
        const added: (NewEntry | { output: string; host: string })[] = 'append' in taken ? taken.append : [taken];
        for (const one of added) {
          if (isOver) break;
          if ('output' in one) printed.get(one.host)?.add(one.output);
          else if (one.type === 'host_ended') printed.get(one.host)?.end();
          else isOver = one.type === 'operation_ended';
        }
        written.push(done);
        if (taken.waits) await done;
      }
      await Promise.all(written);
      const stored = await readState(store, operation.id);
      expect(stored).toEqual(await foldedFromDisk(store, operation, printed));
      expect(stored).toEqual(journal.state);
      for (const [host, { text }] of printed) expect(await outputOf(store, operation.id, host)).toBe(text);
    }),
    { numRuns: 60 },
  );
});

/** What a host has printed, and the digest that its record is to have of that. */
class Printed {
  text = '';
  digest: string | undefined;
  /** A digest is made once, when the host ends; what is printed later makes it void. */
  #isDigested = false;

  add(text: string): void {
    if (text === '') return;
    if (this.text === '') this.#isDigested = false;
    this.text += text;
    this.digest = undefined;
  }

  end(): void {
    if (this.#isDigested) return;
    this.#isDigested = true;
    if (this.text !== '') this.digest = createHash('sha256').update(this.text).digest('base64');
  }
}

async function foldedFromDisk(
  store: Store,
  operation: OperationRecord,
  printed: ReadonlyMap<string, Printed>,
): Promise<OperationState> {
  const state = {
    operation,
    hosts: new Map(hosts.map((host) => [host, newHostRecord(host, { reboot_timeout: 600 })])),
  };
  for (const read of await journalOf(store, operation.id)) fold(state, read);
  for (const [host, record] of state.hosts) {
    const output_bytes = Buffer.byteLength(await outputOf(store, operation.id, host));
    const output_digest = printed.get(host)?.digest;
    state.hosts.set(host, { ...record, output_bytes, ...(output_digest !== undefined && { output_digest }) });
  }
  return state;
}

test('entries are on disk in the order they were appended, without gaps, however many come during a write', async () => {
  await using store = temporaryStore();
  const { operation, journal } = await opened(store);
  const appended: Promise<void>[] = [];
  for (let n = 0; n < 300; n += 1) {
    appended.push(journal.append({ type: 'host_intent', host: 'h01', intent: { act: 'count', n } }));
    // Some come while an earlier one is being written, some between two writes.
    if (n % 7 === 0) await Promise.resolve();
    if (n % 50 === 0) await appended.at(-1);
  }
  await Promise.all(appended);
  const entries = (await journalOf(store, operation.id)).slice(1);
  expect(entries.map((read) => read.type === 'host_intent' && read.intent.n)).toEqual(
    Array.from({ length: 300 }, (_, n) => n),
  );
  const keys = await Array.fromAsync(store.list(journalEntries, { prefix: `${operation.id}/` }), ({ key }) => key);
  expect(keys.map((key) => Number(key.split('/')[1]))).toEqual(Array.from({ length: 301 }, (_, n) => n));
  expect((await readState(store, operation.id)).hosts.get('h01')?.intent).toEqual({ act: 'count', n: 299 });
});

test('after a write that failed a journal takes no more, and says why to all who wait', async () => {
  await using real = temporaryStore();
  const store = new FaultyStore(real);
  const { operation } = await opened(store);
  const journal = await journalOn(store, operation.id);
  const failure = new Error('the disk is gone');
  store.beforeWrite = () => {
    throw failure;
  };
  const waiting = [
    journal.append({ type: 'host_started', host: 'h01' }),
    journal.append({ type: 'host_started', host: 'h02' }),
    journal.output('h01', Buffer.from('lost')),
  ];
  for (const { status } of await Promise.allSettled(waiting)) expect(status).toBe('rejected');
  expect(journal.lost.reason).toBe(failure);
  store.beforeWrite = () => {};
  await expect(journal.append({ type: 'host_started', host: 'h03' })).rejects.toBe(failure);
  expect((await journalOf(real, operation.id)).map(({ type }) => type)).toEqual(['operation_started']);
  expect((await readState(real, operation.id)).operation.counts).toEqual({ pending: 3 });
});

test('entries appended together are on disk together or not at all', async () => {
  await using real = temporaryStore();
  const store = new FaultyStore(real);
  const { operation } = await opened(real);
  const journal = await journalOn(store, operation.id);
  await journal.append(
    { type: 'limit_reached', reason: 'enough' },
    { type: 'operation_ended', handshake_window: null, status: 'failed', reason: '' },
  );
  // The lease, and the entries.
  expect(store.writes).toBe(2);
  const types = (await journalOf(real, operation.id)).map(({ type }: JournalEntry) => type);
  expect(types).toEqual(['operation_started', 'limit_reached', 'operation_ended']);
});

test('a chunk of output is taken as it is when it is handed over', async () => {
  await using real = temporaryStore();
  const store = new FaultyStore(real);
  const { operation } = await opened(real);
  const journal = await journalOn(store, operation.id);
  // The first write is under way, so the chunk has to wait.
  const first = journal.append({ type: 'host_started', host: 'h01' });
  const chunk = Buffer.from('as printed');
  const taken = journal.output('h01', chunk);
  // What a reader does that fills the same memory with what comes next.
  chunk.fill('x');
  await Promise.all([first, taken]);
  expect(await outputOf(real, operation.id, 'h01')).toBe('as printed');
});

test('what a kind says of a host after its outcome does not change the outcome', async () => {
  await using store = temporaryStore();
  const { operation, journal } = await opened(store);
  await journal.append({ type: 'host_started', host: 'h01' });
  await journal.append({
    type: 'host_ended',
    host: 'h01',
    state: 'succeeded',
    exit_code: 0,
    error: null,
    untidy: false,
  });
  const ended = (await readState(store, operation.id)).hosts.get('h01');
  await journal.append({ type: 'host_phase', host: 'h01', phase: 'acting' });
  await journal.append({ type: 'host_intent', host: 'h01', intent: { act: 'late' } });
  expect((await readState(store, operation.id)).hosts.get('h01')).toEqual(ended);
});
