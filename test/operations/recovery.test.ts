import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import type { HostOutcome } from '../../src/operations/entry.ts';
import { type HostWork, succeeded } from '../../src/operations/kind.ts';
import { operationHostRecords, operationRecords, readState, runningRecords } from '../../src/operations/records.ts';
import type { CachingStore } from '../../src/store/cached.ts';
import { type Crash, CrashingStore } from './crashing-store.ts';
import {
  engineOn,
  FaultyStore,
  failed,
  Gate,
  hostsNamed,
  journalOf,
  kindOf,
  type Machine,
  outputOf,
  RebootingKind,
  RecordingLogger,
  request,
  runToEnd,
  temporaryStore,
  unreachable,
} from './support.ts';

interface Scenario {
  hosts: string[];
  strategy: { batch: number; max_failures: number };
  outcomes: Readonly<Record<string, HostOutcome>>;
  status: string;
  /** The hosts that are begun with; the others are cancelled. */
  touched: string[];
  /** Of those, the ones that a crash may leave out: the budget was reached before they were begun with. */
  mayBeLeft?: string[];
}

const scenarios: Record<string, Scenario> = {
  'that goes well': {
    hosts: hostsNamed(5),
    strategy: { batch: 2, max_failures: 2 },
    outcomes: { h02: failed() },
    status: 'finished',
    touched: hostsNamed(5),
  },
  'that uses up its budget': {
    hosts: hostsNamed(5),
    strategy: { batch: 2, max_failures: 2 },
    outcomes: { h01: failed(), h03: unreachable() },
    status: 'failed',
    touched: hostsNamed(4),
    mayBeLeft: ['h04'],
  },
};

/**
 * Starts the operation and lets one server after the other crash, then has a last one take it up. Tells whether all of
 * them came to their crash.
 */
async function crashAndRecover(store: CachingStore, scenario: Scenario, crashes: readonly Crash[]): Promise<boolean> {
  const { hosts, strategy, outcomes } = scenario;
  const machines = new Map<string, Machine>();
  let id: string | undefined;
  let allCrashed = true;
  for (const crash of crashes) {
    // The first write of the first server is the operation itself: an operation that is not on disk is not one.
    const faulty = new CrashingStore(store, id === undefined ? { ...crash, writes: crash.writes + 1 } : crash);
    const kind = new RebootingKind(machines, outcomes);
    const engine = engineOn(faulty, [kind], { journalRetryMs: 3_600_000 });
    const judgedFirst = id === undefined ? [] : await intendedHosts(store, id);
    if (id === undefined) id = (await engine.start(request({ strategy }), async () => hosts)).operation.id;
    else await engine.resume();
    await Promise.race([engine.released(id), faulty.crash.passed]);
    allCrashed &&= faulty.crashed;
    await engine.stop();
    checkCalls(kind, judgedFirst, strategy);
  }
  if (id === undefined) throw new Error('the test has no crash');
  const expectedJudged = await intendedHosts(store, id);
  const kind = new RebootingKind(machines, outcomes);
  const last = engineOn(store, [kind]);
  await last.resume();
  await last.released(id);
  await last.stop();
  expect([...kind.judged].sort()).toEqual(expectedJudged);
  checkCalls(kind, expectedJudged, strategy);
  await checkEnd(store, id, scenario, machines);
  return allCrashed;
}

/** The hosts whose last entry is an intent. */
async function intendedHosts(store: CachingStore, id: string): Promise<string[]> {
  const intended = new Set<string>();
  for (const entry of await journalOf(store, id)) {
    if (entry.type === 'host_intent') intended.add(entry.host);
    if (entry.type === 'host_ended') intended.delete(entry.host);
  }
  return [...intended].sort();
}

/** A host is judged exactly when its intent was on disk, is worked on by one at a time, and the batch holds. */
function checkCalls(kind: RebootingKind, intended: readonly string[], { batch }: { batch: number }): void {
  for (const address of kind.judged) expect(intended).toContain(address);
  for (const address of kind.ran) expect(intended).not.toContain(address);
  expect(new Set([...kind.ran, ...kind.judged]).size).toBe(kind.ran.length + kind.judged.length);
  expect(kind.mostAtOnce).toBeLessThanOrEqual(batch);
  expect(kind.overlapping).toEqual([]);
}

async function checkEnd(
  store: CachingStore,
  id: string,
  scenario: Scenario,
  machines: Map<string, Machine>,
): Promise<void> {
  const { hosts, status, outcomes, mayBeLeft = [] } = scenario;
  const touched = scenario.touched.filter((host) => machines.has(host) || !mayBeLeft.includes(host));
  const { operation, hosts: ended } = await readState(store, id);
  expect(operation.status).toBe(status);
  const expected = hosts.map((host) => (touched.includes(host) ? (outcomes[host]?.state ?? 'succeeded') : 'cancelled'));
  expect(hosts.map((host) => ended.get(host)?.state)).toEqual(expected);
  expect(Object.values(operation.counts).reduce((sum, count) => sum + count, 0)).toBe(hosts.length);
  expect([...machines.keys()].sort()).toEqual(touched);
  for (const [address, { boot, printed, tidied }] of machines) {
    expect(`${address} rebooted ${boot} times`).toBe(`${address} rebooted 1 times`);
    expect(await outputOf(store, id, address)).toBe(printed);
    expect(tidied).toBeGreaterThanOrEqual(1);
    expect(ended.get(address)).toMatchObject({ untidy: false, intent: null, output_bytes: printed.length });
  }
  const journal = await journalOf(store, id);
  const count = (type: string) => journal.filter((entry) => entry.type === type).length;
  expect([count('operation_started'), count('host_ended'), count('operation_ended')]).toEqual([1, hosts.length, 1]);
  expect(count('limit_reached')).toBe(status === 'failed' ? 1 : 0);
  expect(journal.at(-1)?.type).toBe('operation_ended');
  expect(await store.get(runningRecords, id)).toBeUndefined();
}

const crashCases = Object.keys(scenarios).flatMap((name) => [
  { name, last: 'lost' as const },
  { name, last: 'unheard' as const },
]);

test.each(crashCases)(
  'an operation $name survives a crash at each of its writes (the last write $last)',
  async ({ name, last }) => {
    await using store = temporaryStore();
    const scenario = scenarios[name];
    if (scenario === undefined) throw new Error('no such scenario');
    let points = 0;
    while (await crashAndRecover(store, scenario, [{ writes: points + 1, last }])) points += 1;
    // Far more than one a host, or the crashes were not where they should be.
    expect(points).toBeGreaterThan(25);
  },
);

test('an operation survives one crash after the other', async () => {
  await using store = temporaryStore();
  const crash = fc.record({
    writes: fc.integer({ min: 1, max: 12 }),
    last: fc.constantFrom('lost' as const, 'unheard' as const),
  });
  const crashes = fc.array(crash, { minLength: 2, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.values(scenarios)), crashes, async (scenario, all) => {
      await crashAndRecover(store, scenario, all);
    }),
    { numRuns: 40 },
  );
});

test('stop leaves hosts in flight as they are, and the next server takes them up', async () => {
  await using store = temporaryStore();
  const begun = new Gate();
  const first = engineOn(store, [
    kindOf({
      async run(work) {
        await work.intend({ act: 'wait' });
        begun.open();
        await work.clock.sleep(3_600_000, work.signal);
        return succeeded(0);
      },
    }),
  ]);
  const { operation } = await first.start(request(), async () => hostsNamed(2));
  await begun.passed;
  await first.stop();
  const { hosts } = await readState(store, operation.id);
  expect(hosts.get('h01')).toMatchObject({ state: 'running', attempts: 1, error: null, finished_at: '' });
  expect(hosts.get('h01')?.intent).toEqual({ act: 'wait' });
  expect(hosts.get('h02')).toMatchObject({ state: 'pending', attempts: 0 });
  await expect(first.start(request(), async () => [])).rejects.toMatchObject({ code: 'shutting_down' });

  const calls: string[] = [];
  const second = engineOn(store, [
    kindOf({
      async run(work) {
        calls.push(`run ${work.address}`);
        return succeeded(0);
      },
      async judge(work, _parameters, { act }) {
        calls.push(`judge ${work.address} ${act}`);
        return succeeded(0);
      },
    }),
  ]);
  expect(await second.resume()).toBe(1);
  await second.released(operation.id);
  expect(calls).toEqual(['judge h01 wait', 'run h02']);
  expect((await store.get(operationHostRecords, `${operation.id}/h01`))?.value).toMatchObject({ attempts: 2 });
});

test('an operation whose store fails for a while is taken up again by itself, and nothing is done twice', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  const logger = new RecordingLogger();
  const machines = new Map<string, Machine>();
  const kind = new RebootingKind(machines, { h02: failed() });
  const engine = engineOn(faulty, [kind], { logger });
  faulty.beforeWrite = (write) => {
    if (write >= 6 && write < 30) throw new Error('the disk is broken');
  };
  const strategy = { batch: 2, max_failures: 2 };
  const id = await runToEnd(engine, request({ strategy }), hostsNamed(4));
  expect((await readState(store, id)).operation).toMatchObject({
    status: 'finished',
    counts: { succeeded: 3, failed: 1 },
  });
  expect([...machines.values()].map(({ boot }) => boot)).toEqual([1, 1, 1, 1]);
  expect(logger.lines.filter(({ level }) => level === 'error').length).toBeGreaterThan(0);
  expect(logger.lines[0]).toMatchObject({ details: { operation: id, error: 'the disk is broken' } });
});

test('while the disk is full an operation waits with what it has, and goes on where it was', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  const logger = new RecordingLogger();
  const calls: string[] = [];
  let refused = 0;
  const kind = kindOf({
    async run(work) {
      calls.push(`run ${work.address}`);
      await work.intend({ act: 'once' });
      faulty.beforeWrite = () => {
        refused += 1;
        if (refused < 5) throw new AppError('store_full', 'the disk is full');
      };
      await work.output(Buffer.from(`of ${work.address}`));
      return failed('its own outcome');
    },
    async judge(work) {
      calls.push(`judge ${work.address}`);
      return succeeded(0);
    },
  });
  const id = await runToEnd(engineOn(faulty, [kind], { logger }), request({ strategy: { max_failures: 9 } }), [
    'h01',
    'h02',
  ]);
  expect(calls).toEqual(['run h01', 'run h02']);
  const { hosts } = await readState(store, id);
  expect(hosts.get('h01')).toMatchObject({ state: 'failed', attempts: 1, error: { message: 'its own outcome' } });
  expect(await outputOf(store, id, 'h01')).toBe('of h01');
  expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'the journal of the operation cannot be written, and the operation waits for that'],
    ['info', 'the journal of the operation is written again'],
  ]);
});

test('a server that stops while the disk is full does not wait for it', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  const isFull = new Gate();
  const kind = kindOf({
    async run(work) {
      await work.intend({ act: 'once' });
      faulty.beforeWrite = () => {
        isFull.open();
        throw new AppError('store_full', 'the disk is full');
      };
      return succeeded(0);
    },
    judge: async () => failed('judged'),
  });
  const first = engineOn(faulty, [kind], { fullRetryMs: 3_600_000 });
  const { operation } = await first.start(request(), async () => ['h01']);
  await isFull.passed;
  await first.stop();
  const second = engineOn(store, [kind]);
  await second.resume();
  await second.released(operation.id);
  expect((await readState(store, operation.id)).hosts.get('h01')).toMatchObject({ error: { message: 'judged' } });
});

test('an operation is not taken up again before every host of the failed attempt has been let go of', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  const [intended, held, lost] = [new Gate(), new Gate(), new Gate()];
  const failOnce = () => {
    faulty.beforeWrite = () => {};
    lost.open();
    throw new Error('the disk is broken');
  };
  const calls: string[] = [];
  const kind = kindOf({
    async run(work) {
      calls.push(`run ${work.address}`);
      if (work.address === 'h01') {
        await work.intend({ act: 'slow' });
        intended.open();
        // What is under way on a machine cannot be called back: it goes on although the journal is lost.
        await held.passed;
        calls.push('h01 let go');
        return succeeded(0);
      }
      await intended.passed;
      // The first time its outcome is the write that fails.
      if (calls.length === 2) faulty.beforeWrite = failOnce;
      return succeeded(0);
    },
    async judge(work) {
      calls.push(`judge ${work.address}`);
      return succeeded(0);
    },
  });
  const engine = engineOn(faulty, [kind]);
  const strategy = { batch: 2, max_failures: 1 };
  const { operation } = await engine.start(request({ strategy }), async () => hostsNamed(2));
  await lost.passed;
  // Time enough for a server that does not wait: its pause is over at once, and a write takes longer than that.
  for (let n = 0; n < 50; n += 1)
    await store.transact(async (tx) => tx.emit({ type: 'test', action: 'waits', key: '' }));
  held.open();
  await engine.released(operation.id);
  expect(calls).toEqual(['run h01', 'run h02', 'h01 let go', 'judge h01', 'run h02']);
});

test('the tidying up of an earlier server is done by the next, without judging the host again', async () => {
  await using store = temporaryStore();
  const calls: string[] = [];
  const begun = new Gate();
  const run = async (work: HostWork) => {
    calls.push(`run ${work.address}`);
    if (work.address === 'h02') return succeeded(0);
    await work.intend({ act: 'leave something behind' });
    return succeeded(3);
  };
  const first = engineOn(store, [
    kindOf({
      run,
      afterwards(work) {
        calls.push(`first tidies ${work.address}`);
        begun.open();
        return work.clock.sleep(3_600_000, work.signal);
      },
    }),
  ]);
  const { operation } = await first.start(request(), async () => hostsNamed(2));
  await begun.passed;
  await first.stop();
  const second = engineOn(store, [
    kindOf({
      run,
      async afterwards(work, { exit_code }) {
        calls.push(`second tidies ${work.address} after ${exit_code}`);
      },
    }),
  ]);
  await second.resume();
  await second.released(operation.id);
  // Nothing was intended on h02, so there is nothing to tidy up either.
  expect(calls).toEqual(['run h01', 'first tidies h01', 'second tidies h01 after 3', 'run h02']);
  expect((await readState(store, operation.id)).operation).toMatchObject({ counts: { succeeded: 2 } });
});

test('tidying up that fails is logged and changes no outcome', async () => {
  await using store = temporaryStore();
  const logger = new RecordingLogger();
  const kind = kindOf({
    async run(work) {
      await work.intend({ act: 'leave something behind' });
      return succeeded(0);
    },
    afterwards() {
      throw new AppError('unreachable', 'nobody answers');
    },
  });
  const id = await runToEnd(engineOn(store, [kind], { logger }), request(), hostsNamed(1));
  expect((await readState(store, id)).operation.status).toBe('finished');
  expect(logger.lines).toEqual([
    { level: 'warn', message: 'tidying up failed', details: { operation: id, host: 'h01', error: 'nobody answers' } },
  ]);
});

test('an operation of a kind this server does not know is ended, with what is not known said so', async () => {
  await using store = temporaryStore();
  const begun = new Gate();
  const newer = engineOn(store, [
    kindOf({
      name: 'defragment',
      async run(work) {
        begun.open();
        await work.clock.sleep(3_600_000, work.signal);
        return succeeded(0);
      },
    }),
  ]);
  const { operation } = await newer.start(request({ kind: 'defragment' }), async () => hostsNamed(2));
  await begun.passed;
  await newer.stop();
  const older = engineOn(store, []);
  await older.resume();
  await older.released(operation.id);
  const { operation: ended, hosts } = await readState(store, operation.id);
  expect(ended).toMatchObject({
    status: 'failed',
    reason: 'this server knows no kind of operation called defragment',
    counts: { failed: 1, cancelled: 1 },
  });
  expect(hosts.get('h01')?.error?.code).toBe('outcome_unknown');
  expect(hosts.get('h02')?.error?.code).toBe('not_started');
  await expect(older.start(request({ kind: 'defragment' }), async () => [])).rejects.toThrow(/no kind of operation/);
  expect(await Array.fromAsync(store.list(operationRecords), ({ key }) => key)).toEqual([operation.id]);
});
