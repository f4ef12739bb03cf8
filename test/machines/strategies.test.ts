import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Strategy } from '../../src/operations/strategy.ts';
import { boots, fleet, on } from './site.ts';
import { reachable, Stage } from './stage.ts';

const many = { max_failures: 100 };
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

interface Case {
  /** One letter for each machine: it succeeds, fails or is out of reach. */
  machines: string;
  strategy: Partial<Strategy>;
  /** The machines that are at it together, one wave after the other. */
  waves: string;
  atOnce?: number;
  status?: string;
  states: string;
}

const cases: Record<string, Case> = {
  'nothing said: one at a time, stop at the first': {
    machines: 'sfs',
    strategy: {},
    waves: '1|2',
    status: 'failed',
    states: 'sfc',
  },
  'batch, a count': { machines: 'sssss', strategy: { batch: 2 }, waves: '1 2|3 4|5', states: 'sssss' },
  'batch, a percentage rounded down': {
    machines: 'sssss',
    strategy: { batch: '50%' },
    waves: '1 2|3 4|5',
    states: 'sssss',
  },
  'batch, all': { machines: 'ssss', strategy: { batch: '100%' }, waves: '1 2 3 4', states: 'ssss' },
  'batch, a ramp': { machines: 'ssssss', strategy: { batch: [1, '50%'] }, waves: '1|2 3 4|5 6', states: 'ssssss' },
  'concurrency within a batch': {
    machines: 'ssss',
    strategy: { batch: 4, concurrency: 2 },
    waves: '1 2|3 4',
    atOnce: 2,
    states: 'ssss',
  },
  'max_failures, "2 of 4" is written 2': {
    machines: 'ffss',
    strategy: { max_failures: 2 },
    waves: '1|2',
    status: 'failed',
    states: 'ffcc',
  },
  'max_failures, a percentage': {
    machines: 'fsfs',
    strategy: { max_failures: '50%' },
    waves: '1|2|3',
    status: 'failed',
    states: 'fsfc',
  },
  'a machine out of reach counts as failed': {
    machines: 'us',
    strategy: {},
    waves: '',
    status: 'failed',
    states: 'uc',
  },
  'max_unreachable: it counts for itself': {
    machines: 'us',
    strategy: { max_unreachable: 2 },
    waves: '2',
    states: 'us',
  },
  'max_unreachable, reached': {
    machines: 'suus',
    strategy: { max_unreachable: 2, ...many, batch: 3 },
    waves: '1',
    status: 'failed',
    states: 'suuc',
  },
  'on_failure continue': {
    machines: 'fsf',
    strategy: { on_failure: 'continue' },
    waves: '1|2|3',
    states: 'fsf',
  },
  'stop finishes what is in flight': {
    machines: 'fsss',
    strategy: { batch: 3 },
    waves: '1 2 3',
    status: 'failed',
    states: 'fssc',
  },
  'a ramp and max_failures: the failure of a batch stops before the next': {
    machines: 'ssfsss',
    strategy: { batch: [1, '50%'] },
    waves: '1|2 3 4',
    status: 'failed',
    states: 'ssfscc',
  },
  'a ramp and max_failures: one less than the limit lets it go on': {
    machines: 'fsssss',
    strategy: { batch: [1, '50%'], max_failures: 2 },
    waves: '1|2 3 4|5 6',
    states: 'fsssss',
  },
  'concurrency and max_failures: nothing is begun after the limit in the batch itself': {
    machines: 'sfss',
    strategy: { batch: 4, concurrency: 1 },
    waves: '1|2',
    status: 'failed',
    states: 'sfcc',
  },
};

test.each(Object.entries(cases))('%s', async (_, { machines: letters, strategy, waves, atOnce, status, states }) => {
  const rehearsal = stage.rehearse(letters);
  await rehearsal.begin(strategy);
  const expected = waves === '' ? [] : waves.split('|');
  for (const wave of expected) await rehearsal.wave(wave);
  expect(await rehearsal.end()).toEqual({ status: status ?? 'finished', states });
  expect(rehearsal.touched).toBe(expected.join(' '));
  if (atOnce !== undefined) expect(rehearsal.mostAtOnce).toBe(atOnce);
  else expect(rehearsal.inTurn).toBe(true);
});

test('on_failure pause: it waits at the limit, and a resume takes the failure as known', async () => {
  const rehearsal = await stage.rehearse('fsfs').begin({ on_failure: 'pause' });
  await rehearsal.wave('1');
  expect((await rehearsal.stands('paused')).reason).toBe('1 of 4 hosts failed, and max_failures is 1');
  expect(rehearsal.touched).toBe('1');
  await stage.site.client.operations.resume(rehearsal.id);
  await rehearsal.wave('2');
  await rehearsal.wave('3');
  await rehearsal.stands('paused');
  await stage.site.client.operations.resume(rehearsal.id);
  await rehearsal.wave('4');
  expect(await rehearsal.end()).toEqual({ status: 'finished', states: 'fsfs' });
});

describe('order', () => {
  const [a, b, c] = reachable;
  const listed = () => stage.rehearse('sss');
  const target = `host:${c?.address} | host:${a?.address} | host:${b?.address}`;

  test.each([
    { strategy: { order: 'listed' }, order: '3 1 2' },
    { strategy: { order: 'name' }, order: '1 2 3' },
    // Of the racks r1, r2 and r0.
    { strategy: { order: 'label:rack' }, order: '3 1 2' },
  ])('$strategy', async ({ strategy, order }) => {
    const rehearsal = listed();
    rehearsal.release('1 2 3');
    await rehearsal.begin(strategy, target);
    expect((await rehearsal.end()).status).toBe('finished');
    expect(rehearsal.order).toBe(order);
  });

  test('random, as the plan with the same seed says', async () => {
    const orders = new Set<string>();
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const strategy = { order: 'random', seed };
      const rehearsal = listed();
      rehearsal.release('1 2 3');
      const { parameters } = rehearsal;
      const { batches } = await stage.site.client.operations.plan({ kind: 'exec', parameters, target, strategy });
      await rehearsal.begin(strategy, target);
      expect((await rehearsal.end()).status).toBe('finished');
      const planned = batches
        .flat()
        .map((address) => reachable.findIndex((machine) => machine.address === address) + 1);
      expect(rehearsal.order).toBe(planned.join(' '));
      orders.add(rehearsal.order);
    }
    expect(orders.size).toBeGreaterThan(1);
  });
});

test('pause_between: it says that it waits, and goes on by itself', async () => {
  const rehearsal = await stage.rehearse('ss').begin({ pause_between: 2 });
  await rehearsal.wave('1');
  await rehearsal.stands('pause_between');
  expect(rehearsal.touched).toBe('1');
  await rehearsal.wave('2');
  expect(await rehearsal.end()).toEqual({ status: 'finished', states: 'ss' });
});

describe('promote manual', () => {
  const strategy: Partial<Strategy> = { batch: [1, 2], promote: 'manual' };

  test('a canary, promoted: all the others follow', async () => {
    const rehearsal = await stage.rehearse('ssss').begin(strategy);
    await rehearsal.wave('1');
    await rehearsal.stands('promotion');
    expect(rehearsal.touched).toBe('1');
    await stage.site.client.operations.promote(rehearsal.id);
    await rehearsal.wave('2 3');
    await rehearsal.wave('4');
    expect(await rehearsal.end()).toEqual({ status: 'finished', states: 'ssss' });
    expect(rehearsal.inTurn).toBe(true);
  });

  test('a canary, cancelled instead of promoted: nothing else is touched', async () => {
    const rehearsal = await stage.rehearse('sss').begin(strategy);
    await rehearsal.wave('1');
    await rehearsal.stands('promotion');
    await stage.site.client.operations.cancel(rehearsal.id, { now: false });
    expect(await rehearsal.end()).toEqual({ status: 'cancelled', states: 'scc' });
    expect(rehearsal.touched).toBe('1');
  });

  test('a canary, promoted and then cancelled: the batch in flight is finished and no other begun', async () => {
    const rehearsal = await stage.rehearse('ssss').begin(strategy);
    await rehearsal.wave('1');
    await stage.site.client.operations.promote(rehearsal.id);
    await rehearsal.holds('2 3');
    await stage.site.client.operations.cancel(rehearsal.id, { now: false });
    rehearsal.release('2 3');
    expect(await rehearsal.end()).toEqual({ status: 'cancelled', states: 'sssc' });
    expect(rehearsal.touched).toBe('1 2 3');
  });

  test('a canary that fails ends the run instead of waiting', async () => {
    const rehearsal = await stage.rehearse('fss').begin(strategy);
    await rehearsal.wave('1');
    expect(await rehearsal.end()).toEqual({ status: 'failed', states: 'fcc' });
    expect(rehearsal.touched).toBe('1');
  });

  test('run_timeout ends it while it waits', async () => {
    const rehearsal = await stage.rehearse('sss').begin({ ...strategy, run_timeout: 2 });
    rehearsal.release('1');
    expect(await rehearsal.end()).toEqual({ status: 'failed', states: 'scc' });
    expect(rehearsal.touched).toBe('1');
  });
});

describe('window', () => {
  const days: NonNullable<Strategy['window']>['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const clock = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16);
  const window = (from: number, to: number) => ({ days, from: clock(from), to: clock(to), time_zone: 'UTC' });

  test('open now', async () => {
    const rehearsal = await stage.rehearse('ss').begin({ window: window(-1, 1) });
    await rehearsal.wave('1');
    await rehearsal.wave('2');
    expect(await rehearsal.end()).toEqual({ status: 'finished', states: 'ss' });
  });

  test('closed now, paused, resumed and cancelled: no machine is touched', async () => {
    const rehearsal = await stage.rehearse('ss').begin({ window: window(2, 3) });
    await rehearsal.stands('window');
    await stage.site.client.operations.pause(rehearsal.id);
    await rehearsal.stands('paused');
    await stage.site.client.operations.resume(rehearsal.id);
    await rehearsal.stands('window');
    await stage.site.client.operations.cancel(rehearsal.id, { now: false });
    expect(await rehearsal.end()).toEqual({ status: 'cancelled', states: 'cc' });
    expect(rehearsal.touched).toBe('');
  });
});

test.each([
  { reboot: 'never', rebooted: [0, 0] },
  { reboot: 'if-needed', rebooted: [0, 1] },
  { reboot: 'always', rebooted: [1, 1] },
] as const)('after an upgrade, reboot $reboot', async ({ reboot, rebooted }) => {
  const [plain, needy] = fleet.hosts;
  if (plain === undefined || needy === undefined) throw new Error('the fleet is too small');
  await on(needy, 'touch /run/reboot-required');
  const before = [plain, needy].map((machine) => boots(machine).length);
  const { operation } = await stage.site.client.operations.start({
    kind: 'upgrade',
    target: `host:${plain.address} | host:${needy.address}`,
    strategy: { batch: 2, reboot, reason: 'as asked' },
  });
  const { status, strategy } = await stage.site.ended(operation.id);
  expect([status, strategy.reason]).toEqual(['finished', 'as asked']);
  expect([plain, needy].map((machine, index) => boots(machine).length - (before[index] ?? 0))).toEqual(rebooted);
});
