import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostRecords } from '../../src/inventory/collections.ts';
import { batchesOf } from '../../src/operations/batches.ts';
import { ordered } from '../../src/operations/order.ts';
import { hostsIn, type Share } from '../../src/operations/share.ts';
import { completed, type Strategy } from '../../src/operations/strategy.ts';
import { checkStrategy } from '../../src/operations/strategy-check.ts';
import { hostRecord } from '../cli/support/records.ts';
import { until } from '../support/until.ts';
import { hostsNamed, journalOf, Trial, temporaryStore } from './support.ts';

interface Case {
  /** One script for each host, see `ScriptedKind`. */
  hosts: string;
  strategy: Partial<Strategy>;
  batches: string;
  atOnce?: number;
  status?: string;
  states: string;
  taken?: string;
  reason?: string;
}

const many = { max_failures: 100 };
const cases: Record<string, Case> = {
  'nothing said: one at a time, stop at the first': {
    hosts: 's f s',
    strategy: {},
    batches: '1|2',
    states: 'sfc',
    status: 'failed',
  },
  'batch, a count': { hosts: 's s s s s', strategy: { batch: 2 }, batches: '1 2|3 4|5', atOnce: 2, states: 'sssss' },
  'batch, more than there are': { hosts: 's s', strategy: { batch: 9 }, batches: '1 2', atOnce: 2, states: 'ss' },
  'batch, a percentage rounded down': {
    hosts: 's s s s s',
    strategy: { batch: '50%' },
    batches: '1 2|3 4|5',
    states: 'sssss',
  },
  'batch, a percentage of less than one': {
    hosts: 's s s',
    strategy: { batch: '10%' },
    batches: '1|2|3',
    states: 'sss',
  },
  'batch, all': { hosts: 's s s', strategy: { batch: '100%' }, batches: '1 2 3', atOnce: 3, states: 'sss' },
  'batch, a ramp': { hosts: 's s s s s s', strategy: { batch: [1, '50%'] }, batches: '1|2 3 4|5 6', states: 'ssssss' },
  'batch, a ramp whose last step repeats': {
    hosts: 's s s s s',
    strategy: { batch: [1, 2] },
    batches: '1|2 3|4 5',
    states: 'sssss',
  },
  'concurrency within a batch': {
    hosts: 's s s s',
    strategy: { batch: 4, concurrency: 2 },
    batches: '1 2 3 4',
    atOnce: 2,
    states: 'ssss',
  },
  'concurrency beyond the batch': {
    hosts: 's s s',
    strategy: { batch: 2, concurrency: 9 },
    batches: '1 2|3',
    atOnce: 2,
    states: 'sss',
  },
  'max_failures, "2 of 4" is written 2': {
    hosts: 'f f s s',
    strategy: { max_failures: 2 },
    batches: '1|2',
    states: 'ffcc',
    status: 'failed',
    reason: '2 of 4 hosts failed, and max_failures is 2',
  },
  'max_failures not reached': { hosts: 'f s f s', strategy: { max_failures: 3 }, batches: '1|2|3|4', states: 'fsfs' },
  'max_failures, a percentage rounded down': {
    hosts: 'f s f s s',
    strategy: { max_failures: '50%' },
    batches: '1|2|3',
    states: 'fsfcc',
    status: 'failed',
  },
  'max_failures, 0% is one': {
    hosts: 's f s',
    strategy: { max_failures: '0%' },
    batches: '1|2',
    states: 'sfc',
    status: 'failed',
  },
  'unreachable hosts count among the failed': {
    hosts: 'u f s s',
    strategy: { max_failures: 2 },
    batches: '1|2',
    states: 'ufcc',
    status: 'failed',
  },
  'unless max_unreachable is given': {
    hosts: 'u u f s',
    strategy: { max_failures: 2, max_unreachable: 3 },
    batches: '1|2|3|4',
    states: 'uufs',
  },
  'max_unreachable reached': {
    hosts: 'u f u s',
    strategy: { max_failures: 3, max_unreachable: 2 },
    batches: '1|2|3',
    states: 'ufuc',
    status: 'failed',
    reason: '2 of 4 hosts were out of reach, and max_unreachable is 2',
  },
  'max_unreachable, a percentage': {
    hosts: 'u u s s',
    strategy: { max_failures: 3, max_unreachable: '50%' },
    batches: '1|2',
    states: 'uucc',
    status: 'failed',
  },
  'on_failure continue': { hosts: 'f u f s', strategy: { on_failure: 'continue' }, batches: '1|2|3|4', states: 'fufs' },
  'skipped hosts are no failures': { hosts: 'k k s', strategy: {}, batches: '1|2|3', states: 'kks' },
  'order by name': { hosts: 's s s', strategy: { order: 'name' }, batches: '1|2|3', states: 'sss' },
  'ramp and budget: no larger batch after the small one failed': {
    hosts: 'f s s s',
    strategy: { batch: [1, '100%'] },
    batches: '1',
    states: 'fccc',
    status: 'failed',
  },
  'ramp and budget within a batch: those in flight are finished': {
    hosts: 's f s s s',
    strategy: { batch: [1, 3] },
    batches: '1|2 3 4',
    states: 'sfssc',
    status: 'failed',
  },
  'concurrency and stop: no more of the batch are begun with': {
    hosts: 's f s s',
    strategy: { batch: 4, concurrency: 1 },
    batches: '1 2 3 4',
    states: 'sfcc',
    taken: '1 2',
    status: 'failed',
  },
  'concurrency and continue': {
    hosts: 's f s f',
    strategy: { batch: 4, concurrency: 1, on_failure: 'continue' },
    batches: '1 2 3 4',
    states: 'sfsf',
  },
  'the budget reached by the last host': {
    hosts: 's s f',
    strategy: {},
    batches: '1|2|3',
    states: 'ssf',
    status: 'failed',
  },
  'no hosts at all': { hosts: '', strategy: many, batches: '', states: '' },
};

test.each(Object.entries(cases))(
  '%s',
  async (_, { hosts, strategy, batches, atOnce, status, states, taken, reason }) => {
    await using trial = await new Trial(hosts).start(strategy);
    const ended = await trial.end();
    expect(ended).toMatchObject({ status: status ?? 'finished', states });
    expect(await trial.batches()).toBe(batches);
    expect(trial.taken).toBe(taken ?? batches.replaceAll('|', ' '));
    if (atOnce !== undefined) expect(trial.kind.mostAtOnce).toBe(atOnce);
    if (reason !== undefined) expect(ended.reason).toBe(reason);
  },
);

const share = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 0, max: 100 }).map((percent): Share => `${percent}%`),
);

describe('for any numbers', () => {
  test('a share is at least one host, never more of them with fewer hosts, and a percentage never more than it says', () => {
    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 500 }), (wanted, total) => {
        const count = hostsIn(wanted, total);
        expect(Number.isInteger(count) && count >= 1).toBe(true);
        if (typeof wanted === 'number') expect(count).toBe(wanted);
        else expect(count).toBeLessThanOrEqual(Math.max(1, (Number.parseInt(wanted, 10) / 100) * total));
        expect(hostsIn(wanted, total + 1)).toBeGreaterThanOrEqual(count);
      }),
    );
  });

  test('a ramp takes every host once, in order, with batches of the sizes it says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.array(share, { minLength: 1, maxLength: 6 }), (count, ramp) => {
        const hosts = hostsNamed(count);
        const batches = batchesOf(hosts, { batch: ramp }).map((each) => each.hosts);
        expect(batches.flat()).toEqual(hosts);
        const sizes = batches.map((_, index) => hostsIn(ramp[Math.min(index, ramp.length - 1)] ?? 1, count));
        for (const [index, { length }] of batches.entries()) {
          const full = index < batches.length - 1;
          expect(length).toBeGreaterThan(0);
          if (full) expect(length).toBe(sizes[index]);
          else expect(length).toBeLessThanOrEqual(sizes[index] ?? 0);
        }
      }),
    );
  });

  test('whatever the order, it has the same hosts, and is the same when it is asked for again', async () => {
    await using store = temporaryStore();
    const order = fc.constantFrom('listed', 'name', 'random', 'label:rack');
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.string(), { maxLength: 40 }), order, fc.integer(), async (all, how, seed) => {
        const once = await ordered(store, all, { order: how, seed });
        expect(once.toSorted()).toEqual(all.toSorted());
        expect(await ordered(store, all, { order: how, seed })).toEqual(once);
      }),
    );
  });
});

test('order: by name as people count, by seed, by label with those that have none first', async () => {
  await using store = temporaryStore();
  const listed = ['n10', 'n2', 'n1'];
  expect(await ordered(store, listed, { order: 'listed' })).toEqual(listed);
  expect(await ordered(store, listed, { order: 'name' })).toEqual(['n1', 'n2', 'n10']);
  const orders = new Set<string>();
  for (let seed = 0; seed < 60; seed += 1) orders.add((await ordered(store, listed, { order: 'random', seed })).join());
  expect(orders.size).toBe(6);
  await store.transact(async (tx) => {
    const racks = { n10: { rack: '10' }, n2: { rack: '9' } };
    for (const [address, labels] of Object.entries(racks))
      tx.put(hostRecords, address, hostRecord({ address, labels }));
  });
  expect(await ordered(store, listed, { order: 'label:rack' })).toEqual(['n1', 'n2', 'n10']);
});

test('a random order without a seed gets one, which the record tells and a rerun keeps', async () => {
  await using trial = await new Trial('s s s s s s s s').start({ order: 'random', batch: 8 });
  await trial.end();
  const { strategy, results } = await trial.views.get(trial.id);
  expect(strategy.seed).toEqual(expect.any(Number));
  const again = await trial.operations.rerun(trial.id, 'b');
  await trial.engine.released(again.operation.id);
  const second = await trial.views.get(again.operation.id);
  expect(second.strategy.seed).toBe(strategy.seed);
  expect(second.results).toHaveLength(results.length);
  await trial.end();
});

test('reason is kept with the record', async () => {
  await using trial = await new Trial('s').start({ reason: 'CVE-2026-1' });
  await trial.end();
  expect((await trial.views.get(trial.id)).strategy.reason).toBe('CVE-2026-1');
});

test('pause_between: the next batch is begun with after the pause and not before, and none follows the last', async () => {
  await using trial = await new Trial('s s').start({ pause_between: 30 });
  await trial.stands('pause_between');
  expect((await trial.views.get(trial.id)).waiting_for?.detail).toBe('30 s between batches');
  await trial.clock.pass(29);
  expect(trial.taken).toBe('1');
  await trial.clock.pass(1);
  expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
});

test('pause_between is waited for anew by another server', async () => {
  await using trial = await new Trial('s s').start({ pause_between: 30 });
  await trial.stands('pause_between');
  await trial.restart();
  await trial.stands('pause_between');
  await trial.clock.pass(30);
  expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss', taken: '1 2' });
});

test('promote manual: the run waits after its first batch and after no other', async () => {
  await using trial = await new Trial('s s s').start({ promote: 'manual' });
  await trial.stands('promotion');
  expect(await trial.states()).toBe('spp');
  await trial.operations.promote(trial.id, 'b');
  expect(await trial.end()).toMatchObject({ status: 'finished', states: 'sss' });
});

test('a canary that fails ends the run instead of waiting for a promotion', async () => {
  await using trial = await new Trial('f s').start({ promote: 'manual' });
  expect(await trial.end()).toMatchObject({ status: 'failed', states: 'fc' });
});

test('a canary, cancelled instead of promoted', async () => {
  await using trial = await new Trial('s s').start({ promote: 'manual' });
  await trial.stands('promotion');
  await trial.operations.cancel(trial.id, 'b', { now: false });
  expect(await trial.end()).toMatchObject({ status: 'cancelled', states: 'sc', taken: '1' });
});

test('a window: nothing is taken before it opens, and nothing after it has closed', async () => {
  const window = { days: ['mon' as const], from: '13:00', to: '13:10', time_zone: 'UTC' };
  await using trial = await new Trial('h s').start({ window });
  await trial.stands('window');
  expect((await trial.views.get(trial.id)).waiting_for?.detail).toBe('the window opens at 2026-03-02T13:00:00.000Z');
  await trial.clock.pass(59 * 60);
  await trial.stands('window');
  expect(trial.taken).toBe('');
  await trial.clock.pass(60);
  await trial.reached('rp');
  // The machine in flight is finished after the window has closed.
  const waiting = trial.clock.sleep(0);
  await trial.clock.pass(20 * 60);
  await waiting;
  trial.kind.release('h01');
  await trial.stands('window');
  expect(await trial.states()).toBe('sp');
  await trial.clock.pass(7 * 24 * 3600 - 20 * 60);
  expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
});

test('a window and a pause: paused is what is shown, and both have to end', async () => {
  const window = { days: ['mon' as const], from: '13:00', to: '14:00', time_zone: 'UTC' };
  await using trial = await new Trial('s').start({ window });
  await trial.stands('window');
  await trial.operations.pause(trial.id, 'b');
  await trial.stands('paused');
  await trial.operations.resume(trial.id, 'b');
  await trial.stands('window');
  await trial.operations.pause(trial.id, 'b');
  await trial.stands('paused');
  await trial.clock.pass(3600);
  await trial.stands('paused');
  await trial.operations.resume(trial.id, 'b');
  expect(await trial.end()).toMatchObject({ status: 'finished', states: 's' });
});

describe('retries', () => {
  test('a host out of reach is tried again, each time after twice the pause', async () => {
    await using trial = await new Trial('uus').start({ retries: 3, retry_backoff: 5 });
    await trial.clock.pass(4);
    expect(trial.taken).toBe('1');
    await trial.clock.pass(1);
    await tried(trial, '1 1');
    await trial.clock.pass(9);
    expect(trial.taken).toBe('1 1');
    await trial.clock.pass(1);
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 's', taken: '1 1 1' });
    expect((await trial.views.get(trial.id)).results[0]?.attempts).toBe(3);
  });

  test('as often as is said, and counts once for max_unreachable', async () => {
    await using trial = await new Trial('u s').start({ retries: 2, retry_backoff: 1, max_unreachable: 2 });
    await trial.clock.pass(1);
    await tried(trial, '1 1');
    await trial.clock.pass(2);
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'us', taken: '1 1 1 2' });
  });

  test('a host that failed is not tried again', async () => {
    await using trial = await new Trial('fs').start({ retries: 2 });
    expect(await trial.end()).toMatchObject({ status: 'failed', states: 'f', taken: '1' });
  });

  test('cancelled now during the pause before a retry', async () => {
    await using trial = await new Trial('u s').start({ retries: 2, retry_backoff: 60 });
    await trial.clock.asleep();
    await trial.operations.cancel(trial.id, 'b', { now: true });
    expect(await trial.end()).toMatchObject({ status: 'cancelled', states: 'cc', taken: '1' });
  });
});

test('timeout: a machine that takes too long is ended and failed, and tidied up after', async () => {
  await using trial = await new Trial('h s').start({ timeout: 0.5, max_failures: 2 });
  expect(await trial.end()).toMatchObject({ status: 'finished', states: 'fs' });
  expect((await trial.views.get(trial.id)).results[0]?.error?.code).toBe('timed_out');
  expect(trial.kind.cutOff).toEqual(['h01']);
  expect(trial.kind.tidied).toEqual(['h01']);
});

describe('run_timeout', () => {
  test('no machine is taken after it, and the one in flight is finished', async () => {
    await using trial = await new Trial('h s').start({ run_timeout: 600 });
    await trial.reached('rp');
    const waiting = trial.clock.sleep(0);
    await trial.clock.pass(600);
    await waiting;
    trial.kind.release('h01');
    const reason = 'the run took longer than its run_timeout of 600 s';
    expect(await trial.end()).toMatchObject({ status: 'failed', states: 'sc', reason });
  });

  test('a run whose last machine was taken in time is not failed by it', async () => {
    await using trial = await new Trial('h').start({ run_timeout: 600 });
    await trial.reached('r');
    const waiting = trial.clock.sleep(0);
    await trial.clock.pass(900);
    await waiting;
    trial.kind.release('h01');
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 's' });
  });

  test('a calendar that is ahead for a moment does not end it', async () => {
    await using trial = await new Trial('h s').start({ run_timeout: 600 });
    await trial.reached('rp');
    trial.clock.jump(40 * 86_400);
    trial.kind.release('h01');
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
  });

  test('time in which it is paused or waits counts, and it ends at once', async () => {
    await using trial = await new Trial('s s').start({ run_timeout: 10, promote: 'manual' });
    await trial.stands('promotion');
    await trial.operations.pause(trial.id, 'b');
    await trial.stands('paused');
    await trial.clock.pass(10);
    expect(await trial.end()).toMatchObject({ status: 'failed', states: 'sc' });
  });
});

const refused: Array<[string, Partial<Strategy>, string]> = [
  [
    'no time zone',
    { window: { days: ['mon'], from: '01:00', to: '02:00', time_zone: 'Mars/North' } },
    '/strategy/window/time_zone',
  ],
  [
    'a window of no length',
    { window: { days: ['mon'], from: '01:00', to: '01:00', time_zone: 'UTC' } },
    '/strategy/window/to',
  ],
  [
    'no time to be healthy',
    { gates: [{ tcp: 22 }], min_healthy_time: 9, healthy_deadline: 8 },
    '/strategy/min_healthy_time',
  ],
];

test.each(refused)('%s is refused', (_, strategy, member) => {
  expect(() => checkStrategy(completed(strategy))).toThrow(
    expect.objectContaining({ code: 'invalid_member', details: { member } }),
  );
});

test('on_failure pause: the run waits at its limit, and counts from there once it is resumed', async () => {
  await using trial = await new Trial('f s f s').start({ on_failure: 'pause' });
  await trial.stands('paused');
  expect((await trial.views.get(trial.id)).reason).toBe('1 of 4 hosts failed, and max_failures is 1');
  await trial.operations.resume(trial.id, 'b');
  await trial.reached('fsfp');
  await trial.stands('paused');
  await trial.operations.resume(trial.id, 'b');
  expect(await trial.end()).toMatchObject({ status: 'finished', states: 'fsfs' });
  const pauses = (await journalOf(trial.store, trial.id)).filter(({ type }) => type === 'paused');
  expect(pauses).toHaveLength(2);
});

test('pause and resume do not raise the budget of a run that stops at it', async () => {
  await using trial = await new Trial('f h f s').start({ max_failures: 2 });
  await trial.reached('frpp');
  await trial.operations.pause(trial.id, 'b');
  await trial.operations.resume(trial.id, 'b');
  trial.kind.release('h02');
  expect(await trial.end()).toMatchObject({ status: 'failed', states: 'fsfc' });
});

/** Resolves once the attempts were these and the next one is waited for. */
async function tried(trial: Trial, taken: string): Promise<void> {
  await until(() => trial.taken === taken);
  await trial.clock.asleep();
}
