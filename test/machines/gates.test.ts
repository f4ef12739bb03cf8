import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Strategy } from '../../src/operations/strategy.ts';
import type { FleetHost } from '../support/fleet.ts';
import type { Rehearsal } from './rehearsal.ts';
import { on } from './site.ts';
import { reachable, Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});

afterAll(() => stage[Symbol.asyncDispose]());

/** What the gate command is answered on a machine is up to the test. */
const open = ({ root }: FleetHost, name: string) => writeFileSync(join(root ?? '', 'var/log', name), '');
const fresh = () => `gate-${crypto.randomUUID()}`;
const gated = (count: number, strategy: Partial<Strategy>) => {
  const rehearsal = stage.rehearse('s'.repeat(count));
  rehearsal.release('1');
  return rehearsal.begin(strategy);
};
const gating = (rehearsal: Rehearsal) => rehearsal.until(({ results }) => results[0]?.phase === 'gating');

test('a command: the next machine waits until it holds on the first', async () => {
  const name = fresh();
  const rehearsal = await gated(2, { gates: [{ command: `[ -e /var/log/${name} ]` }] });
  await gating(rehearsal);
  expect(rehearsal.touched).toBe('1');
  for (const machine of reachable.slice(0, 2)) open(machine, name);
  rehearsal.release('2');
  expect(await rehearsal.end()).toEqual({ status: 'finished', states: 'ss' });
  expect(rehearsal.touched).toBe('1 2');
});

test('a port and a page of the machine: closed until its service has begun', async () => {
  const [machine] = reachable;
  if (machine === undefined) throw new Error('the fleet is empty');
  const page = { http: 'http://{address}:8080/' };
  const rehearsal = await gated(1, { gates: [{ tcp: 22 }, { tcp: 8080 }, page] });
  await gating(rehearsal);
  await on(machine, 'systemd-run --quiet --unit=page --working-directory=/srv python3 -m http.server 8080');
  try {
    expect(await rehearsal.end()).toEqual({ status: 'finished', states: 's' });
  } finally {
    await on(machine, 'systemctl stop page');
  }
});

test('healthy_deadline: the machine fails, and the next is not begun', async () => {
  const rehearsal = await gated(2, { gates: [{ tcp: 8081 }], healthy_deadline: 1 });
  expect(await rehearsal.end()).toEqual({ status: 'failed', states: 'fc' });
  expect(rehearsal.touched).toBe('1');
  const [result] = (await stage.site.operation(rehearsal.id)).results;
  expect(result?.error).toMatchObject({ code: 'gate_failed', message: expect.stringContaining('TCP port 8081') });
});

test('min_healthy_time: asked until it has held so long, from the beginning after a break', async () => {
  const [machine] = reachable;
  const asked = async (breakAt: number, min_healthy_time: number) => {
    const name = fresh();
    const command = `echo >>/var/log/${name}; [ $(wc -l </var/log/${name}) -ne ${breakAt} ]`;
    const rehearsal = await gated(1, { gates: [{ command }], min_healthy_time });
    expect(await rehearsal.end()).toEqual({ status: 'finished', states: 's' });
    return readFileSync(join(machine?.root ?? '', 'var/log', name), 'utf8').length;
  };
  expect(await asked(0, 0)).toBe(1);
  // At 0, 0.5 and 1 s at the soonest; and all of that again after the second answer was no.
  expect(await asked(0, 1)).toBeGreaterThanOrEqual(2);
  expect(await asked(2, 1)).toBeGreaterThanOrEqual(4);
});
