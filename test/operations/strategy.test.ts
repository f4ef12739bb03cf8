import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { batchesOf } from '../../src/operations/batches.ts';
import type { HostOutcome } from '../../src/operations/entry.ts';
import { type HostWork, succeeded } from '../../src/operations/kind.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { readState } from '../../src/operations/records.ts';
import {
  engineOn,
  failed,
  hostsNamed,
  journalOf,
  kindOf,
  request,
  runToEnd,
  temporaryStore,
  unreachable,
} from './support.ts';

test('every host is in one batch, in order, and no batch is larger than it may be', () => {
  const hosts = fc.uniqueArray(fc.string(), { maxLength: 200 });
  fc.assert(
    fc.property(hosts, fc.integer({ min: 1, max: 250 }), (all, batch) => {
      const batches = batchesOf(all, { batch }).map(({ hosts }) => hosts);
      expect(batches.flat()).toEqual(all);
      const last = batches.pop();
      for (const full of batches) expect(full.length).toBe(batch);
      if (last !== undefined) expect(last.length).toBeGreaterThan(0);
      expect(last?.length ?? 0).toBeLessThanOrEqual(batch);
    }),
  );
});

/** One letter for each host: how it ends. */
const outcomes: Record<string, () => HostOutcome> = {
  s: () => succeeded(0),
  f: () => failed(),
  u: unreachable,
  k: () => ({ state: 'skipped', exit_code: null, error: { code: 'unsupported_host', message: 'not here' } }),
};

function endingAs(letters: string) {
  const hosts = hostsNamed(letters.length);
  const begun: string[] = [];
  const kind = kindOf({
    async run(work) {
      begun.push(work.address);
      await work.phase('acting');
      return outcomes[letters[hosts.indexOf(work.address)] ?? '']?.() ?? failed('the test has no such letter');
    },
  });
  return { hosts, begun, kind };
}

const cases: [letters: string, batch: number, maxFailures: number, status: string, counts: object][] = [
  ['', 1, 1, 'finished', {}],
  ['sss', 1, 1, 'finished', { succeeded: 3 }],
  ['sss', 5, 1, 'finished', { succeeded: 3 }],
  ['sfs', 1, 1, 'failed', { succeeded: 1, failed: 1, cancelled: 1 }],
  ['suss', 1, 1, 'failed', { succeeded: 1, unreachable: 1, cancelled: 2 }],
  ['sfs', 1, 2, 'finished', { succeeded: 2, failed: 1 }],
  ['fsus', 1, 2, 'failed', { failed: 1, succeeded: 1, unreachable: 1, cancelled: 1 }],
  // Those of the same batch are in flight when the first fails, and are finished.
  ['fssss', 3, 1, 'failed', { failed: 1, succeeded: 2, cancelled: 2 }],
  ['ffff', 4, 1, 'failed', { failed: 4 }],
  ['ffff', 2, 3, 'failed', { failed: 4 }],
  ['ffffs', 2, 3, 'failed', { failed: 4, cancelled: 1 }],
  ['kkk', 1, 1, 'finished', { skipped: 3 }],
  // The budget can also be reached by the very last host.
  ['ssf', 1, 1, 'failed', { succeeded: 2, failed: 1 }],
];

test.each(cases)('hosts %o in batches of %i with max_failures %i: %s', async (letters, batch, max, status, counts) => {
  await using store = temporaryStore();
  const { hosts, kind } = endingAs(letters);
  const id = await runToEnd(engineOn(store, [kind]), request({ strategy: { batch, max_failures: max } }), hosts);
  const { operation } = await readState(store, id);
  expect(operation).toMatchObject({ status, counts });
  expect(operation.counts).toEqual(counts);
  expect(operation.finished_at).not.toBe('');
});

test.each([
  ['kkk', 'all 3 hosts were skipped: not here', 'failed'],
  ['k', 'the only host was skipped: not here', 'failed'],
  ['ks', '', 'finished'],
  ['', '', 'finished'],
])('of hosts that end as %o the reason is %o, and scripts of the original read %s', async (letters, reason, v0) => {
  await using store = temporaryStore();
  const { hosts, kind } = endingAs(letters);
  const engine = engineOn(store, [kind]);
  const id = await runToEnd(engine, request({ strategy: { batch: 1 } }), hosts);
  expect((await readState(store, id)).operation).toMatchObject({ status: 'finished', reason });
  expect((await new OperationViews(store, engine).record(id, 'deploy')).status).toBe(v0);
});

test('whatever the hosts do, an operation stops after the batch in which the budget is reached', async () => {
  await using store = temporaryStore();
  const letters = fc.string({ unit: fc.constantFrom('s', 's', 's', 'f', 'u', 'k'), maxLength: 12 });
  const numbers = { batch: fc.integer({ min: 1, max: 6 }), max_failures: fc.integer({ min: 1, max: 5 }) };
  await fc.assert(
    fc.asyncProperty(letters, fc.record(numbers), async (all, strategy) => {
      const { hosts, begun, kind } = endingAs(all);
      const id = await runToEnd(engineOn(store, [kind]), request({ strategy }), hosts);
      const { reached, failures } = expected(all, strategy);
      const { operation, hosts: ended } = await readState(store, id);
      expect(begun).toEqual(hosts.slice(0, reached));
      expect(operation.status).toBe(failures >= strategy.max_failures ? 'failed' : 'finished');
      expect([...ended.values()].filter(({ state }) => state === 'cancelled').map(({ address }) => address)).toEqual(
        hosts.slice(reached),
      );
      expect(Object.values(operation.counts).reduce((sum, count) => sum + count, 0)).toBe(all.length);
    }),
    { numRuns: 60 },
  );
});

/** How many hosts are begun with, and how many of them fail. */
function expected(letters: string, { batch, max_failures }: { batch: number; max_failures: number }) {
  let [reached, failures] = [0, 0];
  while (reached < letters.length && failures < max_failures) {
    const taken = letters.slice(reached, reached + batch);
    reached += taken.length;
    failures += [...taken].filter((letter) => letter === 'f' || letter === 'u').length;
  }
  return { reached, failures };
}

test('hosts that were not begun with are cancelled with the reason, which is the reason of the operation', async () => {
  await using store = temporaryStore();
  const { hosts, kind } = endingAs('ufss');
  const id = await runToEnd(engineOn(store, [kind]), request({ strategy: { batch: 2, max_failures: 2 } }), hosts);
  const { operation, hosts: ended } = await readState(store, id);
  const reason = '2 of 4 hosts failed, and max_failures is 2';
  expect(operation.reason).toBe(reason);
  const cancelled = {
    state: 'cancelled',
    error: { code: 'not_started', message: `not started: ${reason}` },
    exit_code: null,
    attempts: 0,
    started_at: '',
  };
  for (const address of ['h03', 'h04']) expect(ended.get(address)).toMatchObject(cancelled);
  expect(ended.get('h03')).toMatchObject({ finished_at: operation.finished_at });
  expect((await journalOf(store, id)).map(({ type }) => type)).toEqual([
    'operation_started',
    'batch_opened',
    'host_started',
    'host_started',
    'host_phase',
    'host_phase',
    'host_ended',
    'host_ended',
    'limit_reached',
    'host_ended',
    'host_ended',
    'operation_ended',
  ]);
});

test('a batch is begun with only when every host of the one before has ended', async () => {
  await using store = temporaryStore();
  const atWork = new Set<string>();
  const seen: string[][] = [];
  const run = async (work: HostWork) => {
    atWork.add(work.address);
    await work.phase('acting');
    seen.push([...atWork].sort());
    // The first of a batch is the slowest.
    for (let turn = 0; turn < (work.address === 'h01' ? 20 : 1); turn += 1) await work.phase('gating');
    atWork.delete(work.address);
    return succeeded(0);
  };
  const strategy = { batch: 2, max_failures: 1 };
  await runToEnd(engineOn(store, [kindOf({ run })]), request({ strategy }), hostsNamed(3));
  expect(seen).toEqual([['h01', 'h02'], ['h01', 'h02'], ['h03']]);
});

const thrown: [what: string, value: unknown, state: string, error: { code: string; message: string }][] = [
  ['an unreachable host', new AppError('unreachable', 'gone'), 'unreachable', { code: 'unreachable', message: 'gone' }],
  ['a busy host', new AppError('host_busy', 'full'), 'unreachable', { code: 'host_busy', message: 'full' }],
  [
    'a foreseen failure',
    new AppError('command_failed', 'it failed', { hint: 'look there' }),
    'failed',
    { code: 'command_failed', message: 'it failed; look there' },
  ],
  [
    'a fault',
    new TypeError('undefined is not a function'),
    'failed',
    { code: 'internal_error', message: 'undefined is not a function' },
  ],
  ['something that is no error', 'text', 'failed', { code: 'internal_error', message: 'text' }],
  ['nothing at all', undefined, 'failed', { code: 'internal_error', message: 'undefined' }],
];

test.each(thrown)('%s thrown by a kind is the outcome of that host alone', async (_what, value, state, error) => {
  await using store = temporaryStore();
  // Not an async function: a kind may throw before there is a promise.
  const kind = kindOf({
    run(work) {
      if (work.address === 'h01') throw value;
      return Promise.resolve(succeeded(0));
    },
  });
  const id = await runToEnd(
    engineOn(store, [kind]),
    request({ strategy: { batch: 2, max_failures: 3 } }),
    hostsNamed(2),
  );
  const { operation, hosts } = await readState(store, id);
  expect(hosts.get('h01')).toMatchObject({ state, error, exit_code: null });
  expect(operation).toMatchObject({ status: 'finished', counts: { [state]: 1, succeeded: 1 } });
});
