import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rehearsal } from './rehearsal.ts';
import { boots, processesOn, unplugged } from './site.ts';
import { away, reachable, Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

test('timeout: what runs on the machine is ended, it fails, and the next one has its own time', async () => {
  const rehearsal = await stage.rehearse('ss').begin({ timeout: 3, max_failures: 2 });
  rehearsal.release('2');
  expect(await rehearsal.end()).toEqual({ status: 'finished', states: 'fs' });
  expect((await stage.site.operation(rehearsal.id)).results[0]?.error?.code).toBe('timed_out');
  expect(rehearsal.touched).toBe('1 2');
  const [machine] = reachable;
  if (machine === undefined) throw new Error('the fleet is empty');
  expect(await processesOn(machine, rehearsal.name)).toBe('');
});

test('retries: a machine that comes back is done, once; one that goes away is out of reach', async () => {
  const [machine] = away;
  if (machine === undefined) throw new Error('the fleet is too small');
  const rehearsal = stage.rehearse('u');
  rehearsal.release('1');
  await rehearsal.begin({ retries: 5, retry_backoff: 0.5 });
  await rehearsal.until(({ results }) => (results[0]?.attempts ?? 0) > 1);
  stage.mend(machine);
  expect(await rehearsal.end()).toEqual({ status: 'finished', states: 's' });
  expect(rehearsal.touched).toBe('1');

  // It goes away again, under the connection that was kept open.
  stage.cut(machine);
  const before = boots(machine);
  const strategy = { retries: 1, retry_backoff: 0.1 };
  const target = `host:${machine.address}`;
  const { operation } = await stage.site.client.operations.start({ kind: 'restart', target, strategy });
  expect((await stage.site.ended(operation.id)).results).toMatchObject([{ state: 'unreachable', attempts: 2 }]);
  expect(boots(machine)).toEqual(before);
});

test('a machine whose cable is out is out of reach, as one to which no route leads', async () => {
  const machine = away.at(-1);
  if (machine === undefined) throw new Error('the fleet is too small');
  using _cable = unplugged(machine);
  stage.mend(machine);
  const rehearsal = await new Rehearsal(stage.site, [machine]).begin({});
  expect(await rehearsal.end()).toEqual({ status: 'failed', states: 'u' });
  expect(rehearsal.touched).toBe('');
});

test('retries: those that are used up leave it unreachable, and it counts once', async () => {
  const rehearsal = stage.rehearse('us');
  rehearsal.release('2');
  await rehearsal.begin({ retries: 1, retry_backoff: 0.1, max_failures: 2 });
  expect(await rehearsal.end()).toEqual({ status: 'finished', states: 'us' });
  expect((await stage.site.operation(rehearsal.id)).results[0]?.attempts).toBe(2);
  expect(rehearsal.touched).toBe('2');
});
