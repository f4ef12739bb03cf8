import { expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { commandRecords } from '../../src/operations/command.ts';
import { readState } from '../../src/operations/records.ts';
import { leaseRecords, ProcessLeases } from '../../src/store/leases.ts';
import { until } from '../support/until.ts';
import {
  engineOn,
  expectNothingLeft,
  FaultyStore,
  Gate,
  journalOf,
  kindOf,
  request,
  ScriptedKind,
  Trial,
  temporaryStore,
} from './support.ts';

test('a server whose operation was taken over writes nothing more of it', async () => {
  await using store = temporaryStore();
  const kind = new ScriptedKind({ h01: 'h' });
  const engine = engineOn(store, [kind]);
  const { operation } = await engine.start(request({ strategy: { batch: 1 } }), async () => ['h01', 'h02']);
  const { id } = operation;
  await until(async () => (await readState(store, id)).hosts.get('h01')?.intent !== null);
  const before = await journalOf(store, id);
  // What another server does that takes this one for dead.
  await using other = await new ProcessLeases(store).take(`operation/${id}`);
  expect(other.epoch).toBe(2);
  kind.release('h01');
  // What comes next is refused, and nothing of it is written. As the other one does nothing, the lease comes back, and the
  // operation is taken up again as it is on disk.
  await engine.released(id);
  const after = await journalOf(store, id);
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after[before.length]).toMatchObject({ type: 'operation_resumed' });
  expect(after[before.length + 1]).toMatchObject({ type: 'host_resumed', host: 'h01' });
  const { operation: ended, hosts } = await readState(store, id);
  expect([ended.status, ...Array.from(hosts.values(), ({ state }) => state)]).toEqual([
    'finished',
    'succeeded',
    'succeeded',
  ]);
  expect(await store.count(leaseRecords)).toBe(0);
  await expectNothingLeft(store);
});

test('a command may be given at any server, and is carried out by the one that has the operation', async () => {
  await using trial = await new Trial('h s').start({});
  await trial.reached('rp');
  const elsewhere = engineOn(trial.store, [trial.kind], { clock: trial.clock });
  await elsewhere.command(trial.id, { act: 'cancel', by: 'ann', now: false });
  await expect(elsewhere.command(trial.id, { act: 'skip', by: 'ann', host: 'h09' })).rejects.toMatchObject({
    code: 'host_not_found',
    message: `the operation has no host h09`,
  });
  trial.kind.release('h01');
  expect(await trial.end()).toMatchObject({ status: 'cancelled', states: 'sc' });
  await expect(elsewhere.command(trial.id, { act: 'promote', by: 'ann' })).rejects.toMatchObject({
    code: 'operation_ended',
    hint: 'retry or rerun it, which begins a new one',
  });
  await expect(elsewhere.command('none', { act: 'promote', by: 'ann' })).rejects.toMatchObject({
    code: 'operation_not_found',
  });
  expect(await trial.store.count(commandRecords)).toBe(0);
});

test('what was commanded when the server stopped is carried out by the next one', async () => {
  await using store = temporaryStore();
  const gate = new Gate();
  const kind = kindOf({
    run: async (work) => {
      await work.intend({ act: 'hold' });
      await gate.passed;
      return { state: 'succeeded', exit_code: 0, error: null };
    },
  });
  const first = engineOn(store, [kind]);
  const { operation } = await first.start(request({ strategy: { batch: 1 } }), async () => ['h01', 'h02', 'h03']);
  await until(async () => (await readState(store, operation.id)).hosts.get('h01')?.intent !== null);
  const stopped = first.stop();
  gate.open();
  await stopped;
  // The command was written down, and nobody has the operation.
  const nobody = engineOn(store, [kind], { patienceMs: 50 });
  await expect(nobody.command(operation.id, { act: 'skip', by: 'ann', host: 'h02' })).rejects.toMatchObject({
    code: 'conflict',
    message: `the operation ${operation.id} is interrupted and will be taken up again`,
  });
  expect(await store.count(commandRecords)).toBe(0);
  const given = nobody.command(operation.id, { act: 'cancel', by: 'ann', now: false }).catch((error: unknown) => error);
  await until(async () => (await store.count(commandRecords)) === 1);
  await nobody.stop();
  expect(await given).toMatchObject({ code: 'shutting_down' });
  const second = engineOn(store, [kind]);
  await second.resume();
  await second.released(operation.id);
  const { operation: ended, hosts } = await readState(store, operation.id);
  expect(ended.status).toBe('cancelled');
  expect(Array.from(hosts.values(), ({ state }) => state)).toContain('cancelled');
  expect(await store.count(commandRecords)).toBe(0);
  await expectNothingLeft(store);
});

test('no command is overheard, however it falls in with those before', async () => {
  await using trial = await new Trial('h s').start({});
  await trial.reached('rp');
  const callers = Array.from({ length: 4 }, async (_, caller) => {
    for (let round = 0; round < 40; round += 1) {
      const act = (round + caller) % 2 === 0 ? 'pause' : 'resume';
      await trial.engine.command(trial.id, { act, by: `caller ${caller}` });
    }
  });
  await Promise.all(callers);
  expect(await trial.store.count(commandRecords)).toBe(0);
  await trial.operations.resume(trial.id, 'ann');
  trial.kind.release('h01');
  expect(await trial.end()).toMatchObject({ status: 'finished', states: 'ss' });
});

test('a refusal that the full disk has no room for waits, and ends nothing', async () => {
  await using store = temporaryStore();
  const faulty = new FaultyStore(store);
  const kind = new ScriptedKind({ h01: 'h' });
  const engine = engineOn(faulty, [kind]);
  const { operation } = await engine.start(request({ strategy: { batch: 1 } }), async () => ['h01']);
  const { id } = operation;
  await until(async () => (await readState(store, id)).hosts.get('h01')?.intent !== null);
  const given = faulty.writes + 1;
  let refusals = 0;
  faulty.beforeWrite = (write) => {
    if (write === given || refusals === 3) return;
    refusals += 1;
    throw new AppError('store_full', 'no room');
  };
  await expect(engine.command(id, { act: 'skip', by: 'ann', host: 'h01' })).rejects.toMatchObject({
    code: 'host_taken',
  });
  expect(refusals).toBe(3);
  kind.release('h01');
  await engine.released(id);
  expect((await journalOf(store, id)).map(({ type }) => type)).not.toContain('operation_resumed');
  await expectNothingLeft(store);
});
