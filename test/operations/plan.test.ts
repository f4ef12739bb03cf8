import fc from 'fast-check';
import { expect, test } from 'vitest';
import { succeeded } from '../../src/operations/kind.ts';
import { deployKind } from '../../src/operations/kinds/deploy.ts';
import { execKind } from '../../src/operations/kinds/exec.ts';
import { rebootKind } from '../../src/operations/kinds/reboot.ts';
import { restartKind } from '../../src/operations/kinds/restart.ts';
import { upgradeKind } from '../../src/operations/kinds/upgrade.ts';
import { Operations } from '../../src/operations/operations.ts';
import { planOf } from '../../src/operations/plan.ts';
import { lockRecords } from '../../src/operations/records.ts';
import { completed, type Strategy } from '../../src/operations/strategy.ts';
import { storeCluster } from '../inventory/support.ts';
import { engineOn, hostsNamed, kindOf, SteppedClock, Trial, temporaryStore } from './support.ts';

const now = new Date('2026-03-02T12:00:00Z');
const about = { kind: 'act', target: 'all', reboots: 'never', disrupts: true, now } as const;
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
  expect(await planOf(store, { ...about, addresses: hostsNamed(count), strategy: completed(strategy) })).toMatchObject(
    plan,
  );
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
  const asked = { ...about, addresses: ['h02'], strategy: completed({}) };
  expect((await planOf(trial.store, asked)).obstacles).toEqual(['act #1 has the host h02']);
  trial.kind.release('h01');
  await trial.end();
});

test('a plan writes nothing down', async () => {
  await using store = temporaryStore();
  await planOf(store, { ...about, addresses: hostsNamed(2), strategy: completed({}) });
  expect(await Array.fromAsync(store.list(lockRecords))).toEqual([]);
});

test.each([
  [true, 3],
  [false, 0],
])('as many may be down at once as are worked on, if it disrupts them: %s', async (disrupts, down_at_once) => {
  await using store = temporaryStore();
  const asked = {
    ...about,
    disrupts,
    addresses: hostsNamed(7),
    strategy: completed({ batch: [1, 5], concurrency: 3 }),
  };
  expect(await planOf(store, asked)).toMatchObject({ kind: 'act', target: 'all', at_once: 3, down_at_once });
});

const plans: [kind: string, strategy: Partial<Strategy>, reboots: string, down: number][] = [
  ['restart', {}, 'always', 1],
  ['reboot', { batch: 2 }, 'always', 2],
  ['upgrade', {}, 'never', 1],
  ['upgrade', { reboot: 'if-needed' }, 'if-needed', 1],
  ['deploy', { reboot: 'always' }, 'always', 1],
  ['exec', { batch: '100%' }, 'never', 2],
  ['facts', { batch: '100%' }, 'never', 0],
];

test.each(plans)('the plan of %s with %j says what it does to its hosts', async (kind, strategy, reboots, down) => {
  await using store = temporaryStore();
  await storeCluster(store, 'web', ['h01', 'h02']);
  const facts = kindOf({ name: 'facts', run: async () => succeeded(0), disrupts: () => false });
  const kinds = [rebootKind(), restartKind(), upgradeKind(), deployKind(), execKind(), facts];
  const operations = new Operations(store, engineOn(store, kinds), new SteppedClock());
  const parameters = { ...(kind === 'deploy' ? { version: '7' } : {}), ...(kind === 'exec' ? { command: 'x' } : {}) };
  const asked = { kind, target: 'cluster:web', parameters, strategy, requestedBy: 'tester' };
  expect(await operations.plan(asked)).toMatchObject({
    kind,
    target: 'cluster:web',
    hosts: 2,
    reboots,
    down_at_once: down,
  });
});

test('the plan of a retry has the hosts that are left, and that of a rerun all', async () => {
  await using trial = await new Trial('s f s').start({ on_failure: 'continue' });
  await expect(trial.operations.planAgain(trial.id, 'retry')).rejects.toMatchObject({ code: 'operation_running' });
  await trial.end();
  expect(await trial.operations.planOf(trial.id)).toMatchObject({ kind: 'act', target: 'cluster:web', hosts: 3 });
  expect(await trial.operations.planAgain(trial.id, 'retry')).toMatchObject({ target: 'host:h02', batches: [['h02']] });
  expect(await trial.operations.planAgain(trial.id, 'rerun')).toMatchObject({ target: 'host:h[01-03]', hosts: 3 });
});
