import { expect, test } from 'vitest';
import { succeeded } from '../../src/operations/kind.ts';
import { lockRecords, readState } from '../../src/operations/records.ts';
import { MeasuredStore } from '../store/measured-store.ts';
import { until } from '../support/until.ts';
import {
  engineOn,
  expectNothingLeft,
  FaultyStore,
  Gate,
  hostsNamed,
  journalOf,
  kindOf,
  request,
  temporaryStore,
} from './support.ts';

const whole = { batch: '100%', concurrency: 1 } as const;

test.each([
  { name: 'that of etcd', operations: 128, count: 2_500 },
  { name: 'that of a page', operations: 1_000, count: 10_000 },
])(
  'on $count hosts no transaction is over a bound like $name',
  async ({ operations, count }) => {
    await using store = temporaryStore();
    const measured = new MeasuredStore(store);
    const gate = new Gate();
    const run = async () => {
      await gate.passed;
      return succeeded(0);
    };
    const engine = engineOn(measured, [kindOf({ run })], { bound: { operations, bytes: 1024 * 1024 } });
    const hosts = Array.from({ length: count }, (_, index) => `host-${index}.${'room-'.repeat(20)}example`);
    const { operation } = await engine.start(request({ cluster: '', strategy: whole }), async () => hosts);
    expect(await store.count(lockRecords)).toBe(count + 1);
    const opened = async () => (await journalOf(store, operation.id)).some(({ type }) => type === 'host_started');
    await until(opened);
    await engine.command(operation.id, { act: 'cancel', by: 'tester', now: false });
    gate.open();
    await engine.released(operation.id);
    const entries = await journalOf(store, operation.id);
    const named = entries.flatMap((entry) => (entry.type === 'batch_opened' ? entry.hosts : []));
    expect(named).toEqual(hosts);
    const { operation: ended } = await readState(store, operation.id);
    expect(ended).toMatchObject({ status: 'cancelled', counts: { succeeded: 1, cancelled: count - 1 } });
    await expectNothingLeft(store);
    expect(measured.largest.operations).toBeLessThanOrEqual(operations);
    expect(measured.largest.operations).toBeGreaterThan(operations / 2);
    expect(measured.largest.bytes).toBeLessThanOrEqual(1024 * 1024);
    await engine.stop();
  },
  120_000,
);

test.each(['lost', 'unheard'])(
  'an end over many pages that crashes at any write, which was %s, is the same end',
  async (last) => {
    const hosts = hostsNamed(9);
    const asked = request({ cluster: '', strategy: { batch: 1, max_failures: 1 } });
    const bound = { operations: 48, bytes: 1024 * 1024 };
    const kind = kindOf({
      run: async () => ({ state: 'failed', exit_code: 1, error: { code: 'command_failed', message: 'no' } }),
    });
    let crashes = 0;
    for (let crash = 1; crash < 100; crash += 1) {
      await using store = temporaryStore();
      const faulty = new FaultyStore(store);
      const engine = engineOn(faulty, [kind], { bound, journalRetryMs: 3_600_000 });
      const crashed = new Gate();
      const fail = () => {
        crashed.open();
        throw new Error('the power is gone');
      };
      const { operation } = await engine.start(asked, async () => hosts);
      const first = faulty.writes;
      faulty.beforeWrite = (write) => (write > first + crash || (last === 'lost' && write === first + crash)) && fail();
      faulty.afterWrite = (write) => write === first + crash && fail();
      await Promise.race([engine.released(operation.id), crashed.passed]);
      const isOver = faulty.writes < first + crash;
      await engine.stop();
      const next = engineOn(store, [kind], { bound });
      await next.resume();
      await next.released(operation.id);
      const state = await readState(store, operation.id);
      // A crash while the first one is at work may leave it to be judged, not more.
      expect(state.operation).toMatchObject({ status: 'failed', reason: expect.stringContaining('max_failures is 1') });
      expect(state.operation.counts).toEqual({ failed: 1, cancelled: 8 });
      const entries = await journalOf(store, operation.id);
      expect(entries.filter(({ type }) => type === 'limit_reached')).toHaveLength(1);
      expect(entries.filter(({ type }) => type === 'operation_ended')).toHaveLength(1);
      expect(entries.filter(({ type }) => type === 'host_ended')).toHaveLength(9);
      await expectNothingLeft(store);
      await next.stop();
      if (isOver) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThan(8);
  },
  60_000,
);
