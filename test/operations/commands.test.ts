import { describe, expect, test } from 'vitest';
import { everything } from '../../src/lib/selection.ts';
import { type Command, commandRecords } from '../../src/operations/command.ts';
import { readState } from '../../src/operations/records.ts';
import type { Strategy } from '../../src/operations/strategy.ts';
import { until } from '../support/until.ts';
import {
  engineOn,
  expectNothingLeft,
  FaultyStore,
  Gate,
  journalOf,
  request,
  ScriptedKind,
  SteppedClock,
  Trial,
  temporaryStore,
} from './support.ts';

/** Each with what happens in between: nothing, or another server takes over. */
const between: [string, (trial: Trial) => Promise<void>][] = [
  ['the same server', async () => {}],
  ['another server', (trial) => trial.restart()],
];

describe.each(between)('commands, then %s', (_, meanwhile) => {
  test('pause: the machine in flight is finished and no other taken, until it is resumed', async () => {
    await using trial = await new Trial('h s').start({});
    await trial.reached('rp');
    expect(await trial.operations.pause(trial.id, 'ann')).toMatchObject({ status: 'paused', reason: 'paused by ann' });
    await meanwhile(trial);
    trial.kind.release('h01');
    await trial.reached('sp');
    await trial.stands('paused');
    await meanwhile(trial);
    await trial.stands('paused');
    expect(await trial.operations.resume(trial.id, 'ann')).toMatchObject({ status: 'in_process', reason: '' });
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
  });

  test('pause before the last machine has ended does not keep the operation from ending', async () => {
    await using trial = await new Trial('h').start({});
    await trial.reached('r');
    await trial.operations.pause(trial.id, 'ann');
    await meanwhile(trial);
    trial.kind.release('h01');
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 's' });
  });

  test('pause in a batch with fewer at once than machines', async () => {
    await using trial = await new Trial('h h s s').start({ batch: 4, concurrency: 2 });
    await trial.reached('rrpp');
    await trial.operations.pause(trial.id, 'ann');
    await meanwhile(trial);
    trial.kind.release('h01');
    trial.kind.release('h02');
    await trial.reached('sspp');
    await trial.stands('paused');
    await trial.operations.resume(trial.id, 'ann');
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ssss' });
  });

  test('pausing and resuming twice is the same as once', async () => {
    await using trial = await new Trial('h s').start({});
    await trial.reached('rp');
    for (const by of ['ann', 'bob']) await trial.operations.pause(trial.id, by);
    await meanwhile(trial);
    for (const by of ['ann', 'bob']) await trial.operations.resume(trial.id, by);
    trial.kind.release('h01');
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
    const types = (await journalOf(trial.store, trial.id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'paused' || type === 'resumed')).toEqual(['paused', 'resumed']);
  });

  test('promote, before the canary is done or after it', async () => {
    for (const when of ['rpp', 'spp']) {
      await using trial = await new Trial('h s s').start({ promote: 'manual' });
      await trial.reached('rpp');
      if (when === 'spp') {
        trial.kind.release('h01');
        await trial.stands('promotion');
      }
      await meanwhile(trial);
      await trial.operations.promote(trial.id, 'ann');
      await meanwhile(trial);
      trial.kind.release('h01');
      expect(await trial.end()).toMatchObject({ status: 'finished', states: 'sss' });
    }
  });

  test('cancel: the machine in flight is finished, the others are not begun with', async () => {
    await using trial = await new Trial('h s').start({});
    await trial.reached('rp');
    await trial.operations.cancel(trial.id, 'ann', { now: false });
    await meanwhile(trial);
    trial.kind.release('h01');
    expect(await trial.end()).toMatchObject({ status: 'cancelled', states: 'sc', taken: '1', reason: 'cancelled' });
    const { hosts } = await readState(trial.store, trial.id);
    expect(hosts.get('h02')?.error?.code).toBe('not_started');
    expect(trial.kind).toMatchObject({ cutOff: [], tidied: ['h01'] });
  });

  test('cancel now: what runs on the machine in flight is ended, and tidied up after', async () => {
    await using trial = await new Trial('h s').start({});
    await trial.reached('rp');
    await until(async () => (await readState(trial.store, trial.id)).hosts.get('h01')?.intent !== null);
    await trial.operations.cancel(trial.id, 'ann', { now: true });
    await meanwhile(trial);
    expect(await trial.end()).toMatchObject({ status: 'cancelled', states: 'cc', taken: '1' });
    expect(trial.kind).toMatchObject({ cutOff: ['h01'], tidied: ['h01'] });
  });

  test('cancel now cannot be taken back by a cancel that waits', async () => {
    await using trial = await new Trial('h s').start({});
    await trial.reached('rp');
    await trial.operations.cancel(trial.id, 'ann', { now: false });
    await trial.operations.cancel(trial.id, 'ann', { now: true });
    await trial.operations.cancel(trial.id, 'ann', { now: false }).catch(() => undefined);
    await meanwhile(trial);
    expect(await trial.end()).toMatchObject({ status: 'cancelled', states: 'cc' });
  });

  test('cancel while it is paused', async () => {
    await using trial = await new Trial('f s').start({ on_failure: 'pause' });
    await trial.stands('paused');
    await meanwhile(trial);
    await trial.operations.cancel(trial.id, 'ann', { now: false });
    expect(await trial.end()).toMatchObject({ status: 'cancelled', states: 'fc' });
  });

  test('skip: a machine is left out; one that was begun with or is unknown cannot be', async () => {
    await using trial = await new Trial('h s s').start({ batch: 3, concurrency: 1 });
    await trial.reached('rpp');
    await trial.operations.skip(trial.id, 'h02', 'ann');
    await meanwhile(trial);
    for (const [address, code] of [
      ['h01', 'host_taken'],
      ['h02', 'host_taken'],
      ['h09', 'host_not_found'],
    ] as const) {
      await expect(trial.operations.skip(trial.id, address, 'ann')).rejects.toMatchObject({ code });
    }
    trial.kind.release('h01');
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'sks', taken: '1 3' });
  });

  test('cancel: it says so while the hosts in flight are completed', async () => {
    await using trial = await new Trial('h s s').start({});
    await trial.reached('rpp');
    expect(await trial.views.get(trial.id)).toMatchObject({ outcome: null, cancelling: false });
    const cancelling = { status: 'in_process', outcome: null, cancelling: true };
    expect(await trial.operations.cancel(trial.id, 'ann', { now: false })).toMatchObject(cancelling);
    expect(await trial.views.get(trial.id)).toMatchObject(cancelling);
    trial.kind.release('h01');
    expect(await trial.end()).toMatchObject({ states: 'scc' });
    const cancelled = { status: 'cancelled', outcome: 'cancelled', cancelling: false };
    expect(await trial.views.get(trial.id)).toMatchObject(cancelled);
  });

  test('skip: with all others skipped a paused operation has nothing left to do', async () => {
    await using trial = await new Trial('f s s').start({ on_failure: 'pause' });
    await trial.stands('paused');
    await trial.operations.skip(trial.id, 'h02', 'ann');
    await meanwhile(trial);
    await trial.operations.skip(trial.id, 'h03', 'ann');
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'fkk' });
  });
});

describe('on an operation that has ended', () => {
  const commands: Record<string, (trial: Trial) => Promise<unknown>> = {
    pause: ({ operations, id }) => operations.pause(id, 'ann'),
    resume: ({ operations, id }) => operations.resume(id, 'ann'),
    promote: ({ operations, id }) => operations.promote(id, 'ann'),
    cancel: ({ operations, id }) => operations.cancel(id, 'ann', { now: true }),
    skip: ({ operations, id }) => operations.skip(id, 'h01', 'ann'),
  };

  test.each(Object.entries(commands))('%s is refused and changes nothing', async (_, command) => {
    await using trial = await new Trial('s').start({});
    await trial.end();
    const before = await journalOf(trial.store, trial.id);
    await expect(command(trial)).rejects.toMatchObject({ code: 'operation_ended' });
    expect(await journalOf(trial.store, trial.id)).toEqual(before);
  });

  test('a command given at any of its writes is carried out or refused, and the last one refused', async () => {
    const answers: unknown[] = [];
    for (let at = 1, isOver = false; !isOver; at += 1) {
      await using store = temporaryStore();
      const faulty = new FaultyStore(store);
      const engine = engineOn(faulty, [new ScriptedKind({})], { clock: new SteppedClock() });
      const { operation } = await engine.start(request(), async () => ['h01']);
      const before = faulty.writes;
      let answer: Promise<unknown> | undefined;
      // The end is in the memory of the journal before it is on disk; to resume what is not paused changes nothing.
      faulty.beforeWrite = (write) => {
        if (write !== before + at) return;
        answer = engine.command(operation.id, { act: 'resume', by: 'ann' }).catch((error: unknown) => error);
      };
      await engine.released(operation.id);
      isOver = answer === undefined;
      if (!isOver) answers.push(await answer);
      expect((await readState(store, operation.id)).operation.status).toBe('finished');
      await expectNothingLeft(store);
      expect(await store.count(commandRecords)).toBe(0);
    }
    expect(answers.length).toBeGreaterThan(2);
    for (const answer of answers) expect([undefined, 'operation_ended']).toContain(Object(answer).code);
    expect(answers.at(-1)).toMatchObject({ code: 'operation_ended' });
  });

  test('retry takes what was not done, rerun everything; neither while it runs', async () => {
    await using trial = await new Trial('s fs hk s').start({ max_failures: 2, on_failure: 'continue' });
    await trial.reached('sfrp');
    for (const again of [trial.operations.retry, trial.operations.rerun]) {
      await expect(again.call(trial.operations, trial.id, 'ann')).rejects.toMatchObject({ code: 'operation_running' });
    }
    await trial.operations.cancel(trial.id, 'ann', { now: true });
    expect(await trial.end()).toMatchObject({ states: 'sfcc' });
    const { operation } = await trial.operations.retry(trial.id, 'bob');
    await trial.engine.released(operation.id);
    expect(await trial.views.get(operation.id)).toMatchObject({
      status: 'finished',
      requested_by: 'bob',
      target: 'host:h[02-04]',
      strategy: { max_failures: 2 },
      counts: { succeeded: 2, skipped: 1 },
    });
    await expect(trial.operations.retry(operation.id, 'bob')).rejects.toMatchObject({ code: 'target_empty' });
    const all = await trial.operations.rerun(trial.id, 'bob');
    await trial.engine.released(all.operation.id);
    expect((await trial.views.get(all.operation.id)).results).toHaveLength(4);
    await expectNothingLeft(trial.store);
  });
});

test('an operation can be commanded as soon as it is begun', async () => {
  await using trial = await new Trial('s s').start({});
  await trial.operations.cancel(trial.id, 'ann', { now: true });
  expect(await trial.end()).toMatchObject({ status: 'cancelled' });
});

describe('locks', () => {
  const free: Partial<Parameters<Trial['start']>[1]> = { cluster: '', wait: true };

  test('an operation waits for the machines of another, and says for whom', async () => {
    await using trial = await new Trial('h s').start({}, free);
    await trial.reached('rp');
    const first = trial.id;
    await trial.start({}, { ...free, parameters: { n: 2 } });
    await trial.stands('lock');
    expect((await trial.views.get(trial.id)).waiting_for?.detail).toBe('act #1 has the host h01');
    trial.kind.release('h01');
    await trial.engine.released(first);
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
  });

  test.each([false, true])('an operation waits for a cluster on request (over a restart: %s)', async (restarted) => {
    await using trial = await new Trial('h s').start({});
    await trial.reached('rp');
    const first = trial.id;
    const other = { parameters: { n: 2 } };
    await expect(trial.start({}, other)).rejects.toMatchObject({ code: 'operation_running' });
    await trial.start({}, { ...other, wait: true });
    await trial.stands('lock');
    expect((await trial.views.get(trial.id)).waiting_for?.detail).toBe('act #1 has the cluster web');
    if (restarted) await trial.restart();
    await trial.stands('lock');
    trial.kind.release('h01');
    await trial.engine.released(first);
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
    await expectNothingLeft(trial.store);
  });

  test('a retry and a rerun are refused, or wait when they are asked to', async () => {
    await using trial = await new Trial('s h').start({}, free);
    await trial.reached('sr');
    await trial.operations.cancel(trial.id, 'ann', { now: true });
    await trial.end();
    const ended = trial.id;
    await trial.start({}, { ...free, parameters: { n: 2 } });
    await trial.reached('sr');
    for (const again of [trial.operations.retry, trial.operations.rerun]) {
      await expect(again.call(trial.operations, ended, 'ann')).rejects.toMatchObject({ code: 'operation_running' });
      const { operation } = await again.call(trial.operations, ended, 'ann', { wait: true });
      await until(async () => (await trial.views.get(operation.id)).waiting_for?.what === 'lock');
      await trial.operations.cancel(operation.id, 'ann', { now: true });
      await trial.engine.released(operation.id);
    }
    trial.kind.release('h02');
    expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
  });

  test.each([true, false])(
    'waiting for machines is cancelled (after another server took over: %s)',
    async (restarted) => {
      await using trial = await new Trial('h s').start({}, free);
      await trial.reached('rp');
      const first = trial.id;
      await trial.start({}, { ...free, parameters: { n: 2 } });
      await trial.stands('lock');
      if (restarted) await trial.restart();
      await trial.stands('lock');
      await trial.operations.cancel(trial.id, 'ann', { now: false });
      await trial.engine.released(trial.id);
      expect(await trial.views.get(trial.id)).toMatchObject({ status: 'cancelled', counts: { cancelled: 2 } });
      trial.kind.release('h01');
      await trial.engine.released(first);
      expect(await trial.views.get(first)).toMatchObject({ status: 'finished' });
      await expectNothingLeft(trial.store);
    },
  );

  test('run_timeout ends the waiting for machines', async () => {
    await using trial = await new Trial('h s').start({}, free);
    await trial.reached('rp');
    await trial.start({ run_timeout: 5 }, { ...free, parameters: { n: 2 } });
    await trial.stands('lock');
    await trial.clock.pass(5);
    await trial.engine.released(trial.id);
    expect(await trial.views.get(trial.id)).toMatchObject({ status: 'failed', counts: { cancelled: 2 } });
    trial.kind.release('h01');
    await until(async () => (await trial.views.running()) === 0);
    await expectNothingLeft(trial.store);
  });

  test('two that want each other’s machines both end, never at work on one machine together', async () => {
    await using trial = await new Trial('h s').start({ batch: 2 }, free);
    await trial.reached('rs');
    for (const hosts of [['h02', 'h01'], ['h01', 'h02'], ['h02']]) {
      const asked = request({ ...free, parameters: { hosts: hosts.join() } });
      await trial.engine.start(asked, async () => hosts);
    }
    expect(trial.kind.taken).toEqual(['h01', 'h02']);
    trial.kind.release('h01');
    await until(async () => (await trial.views.running()) === 0);
    const all = await trial.views.select(everything);
    expect((await Array.fromAsync(all.records)).map(({ status }) => status)).toEqual([
      'finished',
      'finished',
      'finished',
      'finished',
    ]);
    await expectNothingLeft(trial.store);
  });

  test('without waiting, a machine of another operation is a refusal', async () => {
    await using trial = await new Trial('h s').start({}, free);
    await trial.reached('rp');
    const asked = request({ cluster: '', parameters: { n: 2 } });
    await expect(trial.engine.start(asked, async () => ['h02'])).rejects.toMatchObject({
      code: 'operation_running',
      details: { operation: trial.id },
    });
    trial.kind.release('h01');
    await trial.end();
  });
});

type Give = (command: Command) => Promise<void>;

/** Commands in the midst of an operation, and what must be so in the end wherever the server crashed. */
interface CrashCase {
  scripts: Record<string, string>;
  strategy: Partial<Strategy>;
  /** Machines begun with before the commands are given. */
  begun: number;
  command: (give: Give, kind: ScriptedKind) => Promise<void>;
  /** Given again to the server that took over. */
  finish: (give: Give, kind: ScriptedKind) => Promise<void>;
  allowed: string[];
}

const crashCases: Record<string, CrashCase> = {
  'pause and resume': {
    scripts: { h01: 's', h02: 's', h03: 's' },
    strategy: { batch: 1 },
    begun: 0,
    async command(give) {
      await give({ act: 'pause', by: 'ann' });
      await give({ act: 'resume', by: 'ann' });
    },
    finish: (give) => give({ act: 'resume', by: 'ann' }),
    allowed: ['finished'],
  },
  'cancel after machines': {
    scripts: { h01: 'h', h02: 's', h03: 's' },
    strategy: { batch: 2 },
    begun: 2,
    async command(give, kind) {
      await give({ act: 'cancel', by: 'ann', now: false });
      kind.release('h01');
    },
    async finish(give, kind) {
      kind.release('h01');
      await give({ act: 'cancel', by: 'ann', now: false });
    },
    allowed: ['finished', 'cancelled'],
  },
  'cancel now': {
    scripts: { h01: 'h', h02: 'h', h03: 's' },
    strategy: { batch: 2 },
    begun: 2,
    command: (give) => give({ act: 'cancel', by: 'ann', now: true }),
    finish: (give) => give({ act: 'cancel', by: 'ann', now: true }),
    allowed: ['cancelled'],
  },
  'skip and promote': {
    scripts: { h01: 's', h02: 's', h03: 's' },
    strategy: { batch: 1, promote: 'manual' },
    begun: 1,
    async command(give) {
      await give({ act: 'skip', by: 'ann', host: 'h03' });
      await give({ act: 'promote', by: 'ann' });
    },
    finish: (give) => give({ act: 'promote', by: 'ann' }),
    allowed: ['finished'],
  },
};

test.each(Object.entries(crashCases))('%s survives a crash at each write', async (_, crashCase) => {
  let crashed = true;
  let points = 0;
  for (; crashed; points += 1) {
    await using store = temporaryStore();
    const faulty = new FaultyStore(store);
    const crash = new Gate();
    crashed = false;
    faulty.beforeWrite = (write) => {
      if (write <= points + 1) return;
      crashed = true;
      crash.open();
      throw new Error('the power is gone');
    };
    const { scripts, strategy, begun, command, finish, allowed } = crashCase;
    const clock = new SteppedClock();
    const kind = new ScriptedKind(scripts);
    const first = engineOn(faulty, [kind], { clock, journalRetryMs: 3_600_000 });
    const { operation } = await first.start(request({ strategy }), async () => Object.keys(scripts));
    await until(() => crashed || kind.taken.length >= begun);
    // Its answer is lost with the server.
    const commanded = command((given) => first.command(operation.id, given), kind).catch(() => undefined);
    await Promise.race([first.released(operation.id), crash.passed]);
    // Who waits for a command is told that the server stops.
    await first.stop();
    await commanded;

    const second = engineOn(store, [kind], { clock });
    await second.resume();
    // It may have ended by itself already.
    await finish((given) => second.command(operation.id, given), kind).catch(() => undefined);
    await second.released(operation.id);
    await expectNothingLeft(store);
    const { operation: ended, hosts } = await readState(store, operation.id);
    expect(allowed).toContain(ended.status);
    for (const { untidy, intent } of hosts.values())
      expect({ untidy, intent }).toEqual({ untidy: false, intent: null });
    const entries = await journalOf(store, operation.id);
    expect(entries.filter(({ type }) => type === 'host_ended')).toHaveLength(hosts.size);
    expect(entries.at(-1)?.type).toBe('operation_ended');
  }
  expect(points).toBeGreaterThan(8);
});
