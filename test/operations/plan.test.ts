import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planOf } from '../../src/operations/plan.ts';
import { lockRecords } from '../../src/operations/records.ts';
import { completed, type Strategy } from '../../src/operations/strategy.ts';
import { hostsNamed, Trial, temporaryStore } from './support.ts';

const now = new Date('2026-03-02T12:00:00Z');
const window = { days: ['mon' as const], from: '13:00', to: '14:00', time_zone: 'UTC' };

const cases: [count: number, strategy: Partial<Strategy>, plan: object][] = [
  [3, {}, { hosts: 3, batches: [['h01'], ['h02'], ['h03']], at_once: 1, max_failures: 1, max_unreachable: null }],
  [5, { batch: [1, '50%'] }, { batches: [['h01'], ['h02', 'h03'], ['h04', 'h05']], at_once: 2 }],
  [4, { batch: 4, concurrency: 3 }, { at_once: 3 }],
  [2, { batch: 4, concurrency: 3 }, { at_once: 2 }],
  [7, { max_failures: '30%', max_unreachable: '50%' }, { max_failures: 2, max_unreachable: 3 }],
  [0, {}, { hosts: 0, batches: [], at_once: 0 }],
  [1, { on_failure: 'pause' }, { on_failure: 'pause', window: null, gates: [], obstacles: [] }],
  [1, { window }, { window: { open: false, opens_at: '2026-03-02T13:00:00.000Z' } }],
  [1, { window: { ...window, from: '11:00' } }, { window: { open: true, opens_at: '2026-03-02T12:00:00.000Z' } }],
  [
    1,
    { gates: [{ command: 'true' }, { tcp: 22 }, { http: 'http://{address}/', from: 'machine' }, { node_ready: true }] },
    {
      gates: [
        'command exits 0: true',
        'TCP port 22 open',
        'http://{address}/ answers 2xx, asked from the machine',
        'its node is ready, says the container manager',
      ],
    },
  ],
];

test.each(cases)('the plan of %i hosts with %j', async (count, strategy, plan) => {
  await using store = temporaryStore();
  expect(await planOf(store, { addresses: hostsNamed(count), strategy: completed(strategy), now })).toMatchObject(plan);
});

test('a run opens the batches of its plan', async () => {
  const share = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 }),
      fc.array(share, { minLength: 1, maxLength: 4 }),
      async (count, batch) => {
        await using trial = await new Trial('s '.repeat(count)).start({ batch });
        const { batches } = await trial.operations.planOf(trial.id);
        await trial.end();
        const numbers = batches.map((each) => each.map((address) => trial.hosts.indexOf(address) + 1).join(' '));
        expect(await trial.batches()).toBe(numbers.join('|'));
      },
    ),
    { numRuns: 25 },
  );
});

test('what stands in the way is named, and an operation is not in its own way', async () => {
  await using trial = await new Trial('h s').start({});
  await trial.reached('rp');
  expect((await trial.operations.planOf(trial.id)).obstacles).toEqual([]);
  const asked = { addresses: ['h02'], strategy: completed({}), now };
  expect((await planOf(trial.store, asked)).obstacles).toEqual(['act #1 has the host h02']);
  trial.kind.release('h01');
  await trial.end();
});

test('a plan writes nothing down', async () => {
  await using store = temporaryStore();
  await planOf(store, { addresses: hostsNamed(2), strategy: completed({}), now });
  expect(await Array.fromAsync(store.list(lockRecords))).toEqual([]);
});
