import { Type as t } from '@sinclair/typebox';
import { describe, expect, test } from 'vitest';
import type { HostOutcome } from '../../src/operations/entry.ts';
import type { HostRecord } from '../../src/operations/fold.ts';
import { type HostWork, type Kind, type Step, skipped, succeeded, withSteps } from '../../src/operations/kind.ts';
import { operationHostKey, operationHostRecords, readState } from '../../src/operations/records.ts';
import type { CachingStore } from '../../src/store/cached.ts';
import { type Crash, CrashingStore } from './crashing-store.ts';
import { engineOn, failed, Gate, journalOf, request, runToEnd, temporaryStore, writtenDown } from './support.ts';

/** A machine in memory: it keeps what was done to it when the server is gone. */
class Machine {
  /** The steps that are done, in order. */
  readonly done: string[] = [];
  /** Every time that something was really done, or taken back. */
  readonly effects: string[] = [];

  do(step: string): void {
    if (this.done.includes(step)) return;
    this.done.push(step);
    this.effects.push(step);
  }

  takeBack(step: string): void {
    const index = this.done.indexOf(step);
    if (index < 0) return;
    this.done.splice(index, 1);
    this.effects.push(`-${step}`);
  }
}

interface Said extends Partial<Pick<Step, 'undo' | 'end' | 'afterwards'>> {
  outcome?: HostOutcome;
  /** Called when the step has been done on the machine. */
  during?: (work: HostWork) => Promise<void>;
}

/** A kind of steps of these names on one machine. */
function kindOn(machine: Machine, steps: Readonly<Record<string, Said>>, calls: string[] = []): Kind {
  const list = Object.entries(steps).map(([name, said]): Step => {
    const { outcome = succeeded(null), during, ...others } = said;
    const complete = async (work: HostWork) => {
      machine.do(name);
      await during?.(work);
      return outcome;
    };
    return {
      name,
      acts: [name],
      async run(work) {
        calls.push(`run ${work.runId.slice(work.operation.length + 1)}`);
        await work.intend({ act: name });
        return complete(work);
      },
      judge(work, intent) {
        calls.push(`judge ${intent.act}`);
        return complete(work);
      },
      ...others,
    };
  });
  return { name: 'act', parameters: t.Object({}), steps: () => list };
}

/** Can be undone. */
function undoable(machine: Machine, name: string, calls: string[] = []): Said {
  return {
    undo: async ({ runId, operation }) => {
      calls.push(`undo ${runId.slice(operation.length + 1)}`);
      machine.takeBack(name);
    },
  };
}

async function hostOf(store: CachingStore, id: string): Promise<HostRecord | undefined> {
  return (await readState(store, id)).hosts.get('h1');
}

describe('the steps of a kind', () => {
  test('are done in order, each with a name of its own on the machine, and the last exit code counts', async () => {
    await using store = temporaryStore();
    const [machine, calls]: [Machine, string[]] = [new Machine(), []];
    const kind = kindOn(machine, { first: { outcome: succeeded(0) }, second: {}, third: {} }, calls);
    const id = await runToEnd(engineOn(store, [kind]), request(), ['h1']);
    expect(calls).toEqual(['run first', 'run second', 'run third']);
    expect(await hostOf(store, id)).toMatchObject({
      state: 'succeeded',
      exit_code: 0,
      step: { index: 2, name: 'third' },
    });
    const steps = (await journalOf(store, id)).filter(({ type }) => type === 'host_step');
    expect(steps).toMatchObject([
      { step: 1, name: 'second', exit_code: 0 },
      { step: 2, name: 'third', exit_code: 0 },
    ]);
  });

  test('of a kind that has one leave no entry in the journal', async () => {
    await using store = temporaryStore();
    const id = await runToEnd(engineOn(store, [kindOn(new Machine(), { only: {} })]), request(), ['h1']);
    const types = (await journalOf(store, id)).map(({ type }) => type).filter((type) => type.startsWith('host_'));
    expect(types).toEqual(['host_started', 'host_intent', 'host_ended']);
  });

  test.each([
    ['fails', failed(), 'failed'],
    ['skips the host', skipped('not here'), 'skipped'],
  ])('end with one that %s', async (_, outcome, state) => {
    await using store = temporaryStore();
    const machine = new Machine();
    const id = await runToEnd(engineOn(store, [kindOn(machine, { a: {}, b: { outcome }, c: {} })]), request(), ['h1']);
    expect(machine.done).toEqual(['a', 'b']);
    expect(await hostOf(store, id)).toMatchObject({ state, exit_code: outcome.exit_code });
  });

  test('can be put around those of any kind', async () => {
    await using store = temporaryStore();
    const machine = new Machine();
    const around = kindOn(machine, { drain: {}, restore: {} }).steps({});
    const [before, after] = [around.slice(0, 1), around.slice(1)];
    const kind = withSteps(kindOn(machine, { work: {} }), { before, after });
    await runToEnd(engineOn(store, [kind]), request(), ['h1']);
    expect(machine.done).toEqual(['drain', 'work', 'restore']);
  });

  test('are tidied up after from the first to the last that was begun', async () => {
    await using store = temporaryStore();
    const tidied: string[] = [];
    const tidying = (name: string): Said => ({ afterwards: async () => void tidied.push(name) });
    const kind = kindOn(new Machine(), { a: tidying('a'), b: { ...tidying('b'), outcome: failed() }, c: tidying('c') });
    const id = await runToEnd(engineOn(store, [kind]), request(), ['h1']);
    expect(tidied).toEqual(['a', 'b']);
    expect(await hostOf(store, id)).toMatchObject({ state: 'failed', untidy: false });
  });
});

describe('undoing', () => {
  test('takes back the steps that were begun, the last one first, and the outcome stays', async () => {
    await using store = temporaryStore();
    const [machine, calls]: [Machine, string[]] = [new Machine(), []];
    const steps = {
      a: undoable(machine, 'a', calls),
      b: {},
      c: { ...undoable(machine, 'c', calls), outcome: failed('no luck') },
      d: undoable(machine, 'd', calls),
    };
    const id = await runToEnd(engineOn(store, [kindOn(machine, steps)]), request(), ['h1']);
    expect(calls).toEqual(['undo c', 'undo a']);
    expect(machine.done).toEqual(['b']);
    expect(await hostOf(store, id)).toMatchObject({ state: 'failed', exit_code: 1, error: { message: 'no luck' } });
    const undone = (await journalOf(store, id)).filter(({ type }) => type.startsWith('host_und'));
    expect(undone).toMatchObject([
      { type: 'host_undo', step: 2, name: 'c' },
      { type: 'host_undone', step: 2, error: null },
      { type: 'host_undone', step: 0, error: null },
    ]);
  });

  test('is not done where all went well, nor where the host was skipped', async () => {
    await using store = temporaryStore();
    for (const outcome of [succeeded(0), skipped('not here')]) {
      const machine = new Machine();
      const steps = { a: undoable(machine, 'a'), b: { ...undoable(machine, 'b'), outcome } };
      await runToEnd(engineOn(store, [kindOn(machine, steps)]), request(), ['h1']);
      expect(machine.done).toEqual(['a', 'b']);
    }
  });

  test('that fails is told of, and the steps before are undone all the same', async () => {
    await using store = temporaryStore();
    const machine = new Machine();
    const steps = {
      a: undoable(machine, 'a'),
      b: { undo: () => Promise.reject(new Error('the way back is shut')), outcome: failed('no luck') },
    };
    const id = await runToEnd(engineOn(store, [kindOn(machine, steps)]), request(), ['h1']);
    expect(machine.done).toEqual(['b']);
    const message = 'no luck; the step b could not be undone: the way back is shut';
    expect(await hostOf(store, id)).toMatchObject({ state: 'failed', error: { code: 'command_failed', message } });
  });

  test('follows a cancellation, after what runs on the host was ended', async () => {
    await using store = temporaryStore();
    const [machine, calls]: [Machine, string[]] = [new Machine(), []];
    const begun = new Gate();
    const during = async ({ signal }: HostWork) => {
      begun.open();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    };
    const end = async () => void calls.push('end b');
    const steps = { a: undoable(machine, 'a', calls), b: { ...undoable(machine, 'b', calls), during, end } };
    const engine = engineOn(store, [kindOn(machine, steps)]);
    const { operation } = await engine.start(request(), async () => ['h1']);
    await begun.passed;
    await engine.command(operation.id, { act: 'cancel', by: 'tester', now: true });
    await engine.released(operation.id);
    expect(calls).toEqual(['end b', 'undo b', 'undo a']);
    expect(await hostOf(store, operation.id)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
  });
});

test('a server that stops while a step is undone leaves the rest to the next one', async () => {
  await using store = temporaryStore();
  const machine = new Machine();
  const begun = new Gate();
  let isFirst = true;
  const undo = async ({ signal }: HostWork) => {
    begun.open();
    if (isFirst) {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    }
    machine.takeBack('b');
  };
  const steps = { a: undoable(machine, 'a'), b: { undo, outcome: failed('no luck') } };
  const first = engineOn(store, [kindOn(machine, steps)]);
  const { operation } = await first.start(request(), async () => ['h1']);
  await begun.passed;
  await first.stop();
  expect(await hostOf(store, operation.id)).toMatchObject({ state: 'running', phase: 'undoing', undo: { step: 1 } });
  isFirst = false;
  const second = engineOn(store, [kindOn(machine, steps)]);
  await second.resume();
  await second.released(operation.id);
  expect(machine.effects).toEqual(['a', 'b', '-b', '-a']);
  expect(await hostOf(store, operation.id)).toMatchObject({ state: 'failed', error: { message: 'no luck' } });
});

/** Runs the kind on a server that crashes, and to the end on the next one. Tells whether it came to its crash. */
async function crashed(store: CachingStore, kind: Kind, crash: Crash): Promise<{ id: string; hasCrashed: boolean }> {
  // The first write is the operation itself: an operation that is not on disk is not one.
  const faulty = new CrashingStore(store, { ...crash, writes: crash.writes + 1 });
  const first = engineOn(faulty, [kind], { journalRetryMs: 3_600_000 });
  const { operation } = await first.start(request(), async () => ['h1']);
  await Promise.race([first.released(operation.id), faulty.crash.passed]);
  await first.stop();
  const second = engineOn(store, [kind]);
  await second.resume();
  await second.released(operation.id);
  await second.stop();
  return { id: operation.id, hasCrashed: faulty.crashed };
}

describe.each(['lost', 'unheard'] as const)('a server that crashes at any write, the last one %s', (last) => {
  test('in the steps, is followed by one that does each of them once', async () => {
    for (let writes = 1; ; writes += 1) {
      await using store = temporaryStore();
      const machine = new Machine();
      const { id, hasCrashed } = await crashed(store, kindOn(machine, { a: {}, b: {}, c: {} }), { writes, last });
      expect([writes, machine.effects]).toEqual([writes, ['a', 'b', 'c']]);
      expect(await hostOf(store, id)).toMatchObject({ state: 'succeeded' });
      if (!hasCrashed) break;
      expect(writes).toBeLessThan(50);
    }
  });

  test('in the steps or while they are undone, is followed by one that leaves nothing of them', async () => {
    for (let writes = 1; ; writes += 1) {
      await using store = temporaryStore();
      const machine = new Machine();
      const steps = {
        a: undoable(machine, 'a'),
        b: undoable(machine, 'b'),
        c: { ...undoable(machine, 'c'), outcome: failed('no luck') },
      };
      const { id, hasCrashed } = await crashed(store, kindOn(machine, steps), { writes, last });
      expect([writes, machine.effects]).toEqual([writes, ['a', 'b', 'c', '-c', '-b', '-a']]);
      expect(await hostOf(store, id)).toMatchObject({ state: 'failed', error: { message: 'no luck' } });
      if (!hasCrashed) break;
      expect(writes).toBeLessThan(50);
    }
  });
});

test('an operation of an earlier build goes on at the step whose intent it had written down', async () => {
  await using store = temporaryStore();
  const [machine, calls]: [Machine, string[]] = [new Machine(), []];
  const { id } = await writtenDown(store, request(), ['h1']);
  await store.transact(async (tx) => {
    const key = operationHostKey(id, 'h1');
    const record = (await tx.get(operationHostRecords, key))?.value;
    if (record === undefined) throw new Error('there is no such host');
    tx.put(operationHostRecords, key, { ...record, state: 'running', intent: { act: 'b' } });
  });
  const engine = engineOn(store, [kindOn(machine, { a: {}, b: {}, c: {} }, calls)]);
  await engine.resume();
  await engine.released(id);
  expect(calls).toEqual(['judge b', 'run c']);
});
