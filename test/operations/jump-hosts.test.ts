import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EngineOptions } from '../../src/operations/engine.ts';
import type { Kind } from '../../src/operations/kind.ts';
import { copyKind } from '../../src/operations/kinds/copy.ts';
import { deployKind } from '../../src/operations/kinds/deploy.ts';
import { execKind } from '../../src/operations/kinds/exec.ts';
import { rebootKind } from '../../src/operations/kinds/reboot.ts';
import { restartKind } from '../../src/operations/kinds/restart.ts';
import { upgradeKind } from '../../src/operations/kinds/upgrade.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { readState } from '../../src/operations/records.ts';
import { Sources } from '../../src/operations/sources/sources.ts';
import { completed } from '../../src/operations/strategy.ts';
import { until } from '../support/until.ts';
import {
  engineOn,
  expectNothingLeft,
  hostsNamed,
  request,
  ScriptedKind,
  SteppedClock,
  Trial,
  temporaryStore,
  writtenDown,
} from './support.ts';

const behind =
  (ways: Readonly<Record<string, readonly string[]>>): NonNullable<EngineOptions['jumpHosts']> =>
  async (addresses) =>
    new Map(Object.entries(ways).filter(([address]) => addresses.includes(address)));

const trial = (scripts: string, ways: Readonly<Record<string, readonly string[]>>) =>
  new Trial(scripts, new SteppedClock(), { jumpHosts: behind(ways) });

/** Not taken together: the ones behind h01, with h01. */
const star = { h02: ['h01'], h03: ['h01'], h04: ['h01'] };

test('a run opens the batches of its plan, and says why they are split', async () => {
  await using run = await trial('s s s s', star).start({ batch: '100%' });
  const { batches, splits, at_once } = await run.operations.planOf(run.id);
  await run.end();
  expect(batches).toEqual([['h01'], ['h02', 'h03', 'h04']]);
  expect(await run.batches()).toBe('1|2 3 4');
  expect(at_once).toBe(3);
  expect(splits).toEqual([{ batch: 1, reason: '3 hosts come later, because they are reached through h01' }]);
});

test('the batches stay as they were planned when the jump hosts change, also on another server', async () => {
  let ways: Readonly<Record<string, readonly string[]>> = { h01: ['h03'], h02: ['h03'] };
  await using run = await new Trial('h s s', new SteppedClock(), {
    jumpHosts: (addresses) => behind(ways)(addresses),
  }).start({ batch: '100%' });
  await run.reached('rsp');
  ways = { h03: ['h01'] };
  const { batches } = await run.operations.planOf(run.id);
  await run.restart();
  expect((await run.operations.planOf(run.id)).batches).toEqual(batches);
  run.kind.release('h01');
  await run.end();
  expect(await run.batches()).toBe('1 2|3');
});

test('whatever the ways, no host is in flight together with one of its jump hosts', async () => {
  const site = fc.integer({ min: 1, max: 8 }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      ways: fc.array(fc.array(fc.nat({ max: 7 }), { maxLength: 2 }), { minLength: count, maxLength: count }),
      batch: fc.integer({ min: 1, max: 8 }),
      concurrency: fc.integer({ min: 0, max: 3 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(site, async ({ count, ways, batch, concurrency }) => {
      const hosts = hostsNamed(8);
      const jumps = Object.fromEntries(
        ways.map((way, index) => [hosts[index] ?? '', way.filter((each) => each < index).map((at) => hosts[at] ?? '')]),
      );
      await using run = trial('s '.repeat(count), jumps);
      const atWork = new Set<string>();
      const together: string[] = [];
      const { kind } = run;
      const worked = kind.run.bind(kind);
      kind.run = async (work) => {
        for (const other of atWork) {
          if (jumps[work.address]?.includes(other) || jumps[other]?.includes(work.address)) together.push(other);
        }
        atWork.add(work.address);
        const outcome = await worked(work);
        atWork.delete(work.address);
        return outcome;
      };
      await run.start({ batch, concurrency });
      expect((await run.end()).states).toBe('s'.repeat(count));
      expect(together).toEqual([]);
      expect(kind.taken.toSorted()).toEqual(run.hosts);
    }),
    { numRuns: 30 },
  );
});

const kinds: [
  kind: (store: ReturnType<typeof temporaryStore>) => Kind,
  reboot: 'never' | 'if-needed',
  away: boolean,
][] = [
  [() => rebootKind(), 'never', true],
  [() => restartKind(), 'never', true],
  [() => upgradeKind(), 'never', false],
  [() => upgradeKind(), 'if-needed', true],
  [() => deployKind(), 'never', true],
  [() => execKind(), 'if-needed', false],
  [(store) => copyKind(new Sources(store, { directories: [], dataDirectory: '/' })), 'never', false],
];

test.each(kinds)('whether a kind takes a machine away: %#', async (make, reboot, away) => {
  await using store = temporaryStore();
  const kind = make(store);
  expect(engineOn(store, [kind]).takesAway(kind.name, completed({ reboot }))).toBe(away);
});

interface Crossing {
  what: string;
  /** The host of each operation, and whether its kind may take it away. */
  first: [host: string, takesAway: boolean];
  second: [host: string, takesAway: boolean];
  waits: boolean;
}

const crossings: Crossing[] = [
  { what: 'behind a jump host that may be away', first: ['h01', true], second: ['h02', false], waits: true },
  { what: 'a jump host, away, behind which one works', first: ['h02', false], second: ['h01', true], waits: true },
  { what: 'both away', first: ['h02', true], second: ['h01', true], waits: true },
  { what: 'neither away', first: ['h01', false], second: ['h02', false], waits: false },
  { what: 'a host behind may be away', first: ['h01', false], second: ['h02', true], waits: false },
  { what: 'a host that has nothing to do with it', first: ['h01', true], second: ['h03', true], waits: false },
];

/** Two kinds that hold each host until it is released; h02 is reached through h01. */
function crossed({ first, second }: Crossing) {
  const store = temporaryStore();
  const made = (name: string, takesAway: boolean) =>
    Object.assign(new ScriptedKind({ h01: 'h', h02: 'h', h03: 'h' }), { name, takesAway: () => takesAway });
  const kinds = { one: made('one', first[1]), two: made('two', second[1]) };
  const server = () => engineOn(store, [kinds.one, kinds.two], { jumpHosts: behind({ h02: ['h01'] }) });
  return { store, kinds, server };
}

const asked = (kind: string) => request({ kind, cluster: '', strategy: {} });

test.each(crossings)('two operations, $what', async (crossing) => {
  const { store, kinds, server } = crossed(crossing);
  await using _store = store;
  const { first, second, waits } = crossing;
  const engine = server();
  const views = new OperationViews(store, engine);
  const one = (await engine.start(asked('one'), async () => [first[0]])).operation.id;
  await until(() => kinds.one.taken.length === 1);
  const two = (await engine.start(asked('two'), async () => [second[0]])).operation.id;
  if (waits) {
    await until(async () => (await views.get(two)).status === 'waiting');
    const detail = `one #1 has the host ${first[0]}`;
    expect((await views.get(two)).waiting_for).toEqual({ what: 'lock', detail });
    expect(kinds.two.taken).toEqual([]);
  } else {
    await until(() => kinds.two.taken.length === 1);
  }
  kinds.one.release(first[0]);
  await engine.released(one);
  await until(() => kinds.two.taken.length === 1);
  kinds.two.release(second[0]);
  await engine.released(two);
  await expectNothingLeft(store);
  await engine.stop();
});

test('a server that takes two operations up keeps them apart as before', async () => {
  const crossing: Crossing = { what: '', first: ['h01', true], second: ['h02', false], waits: true };
  const { store, kinds, server } = crossed(crossing);
  await using _store = store;
  const before = server();
  const one = (await before.start(asked('one'), async () => ['h01'])).operation.id;
  const intended = async () => ((await readState(store, one)).hosts.get('h01')?.intent ?? null) !== null;
  await until(intended);
  await before.stop();
  const engine = server();
  const two = await writtenDown(store, asked('two'), ['h02'], { jumpHosts: behind({ h02: ['h01'] }) });
  await engine.resume();
  const views = new OperationViews(store, engine);
  await until(async () => (await views.get(two.id)).waiting_for?.what === 'lock');
  expect(kinds.two.taken).toEqual([]);
  kinds.one.release('h01');
  await until(() => kinds.two.taken.length === 1);
  kinds.two.release('h02');
  await engine.released(two.id);
  await expectNothingLeft(store);
  await engine.stop();
});

test('an operation of a kind that this server does not know keeps no way closed', async () => {
  const crossing: Crossing = { what: '', first: ['h01', true], second: ['h02', false], waits: true };
  const { store, kinds, server } = crossed(crossing);
  await using _store = store;
  const before = server();
  const one = (await before.start(asked('one'), async () => ['h01'])).operation.id;
  await until(async () => ((await readState(store, one)).hosts.get('h01')?.intent ?? null) !== null);
  await before.stop();
  const after = engineOn(store, [kinds.two], { jumpHosts: behind({ h02: ['h01'] }) });
  await after.resume();
  kinds.two.release('h02');
  const { operation } = await after.start(asked('two'), async () => ['h02']);
  await after.released(operation.id);
  await expectNothingLeft(store);
  await after.stop();
});
