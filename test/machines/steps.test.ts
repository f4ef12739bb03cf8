import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { FleetHost } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { boots, fleet, machines, on } from './site.ts';

const program = join(import.meta.dirname, 'processes/workflow.ts');

/** The points of a workflow that goes well, in their order. */
const forward = [
  'drain intended',
  'drain done',
  'detached begun',
  'detached done',
  'reboot begun',
  'reboot done',
  'settle intended',
  'settle done',
];
/** Those of one whose last step fails. */
const back = ['settle to be undone', 'settle undone', 'drain to be undone', 'drain undone'];

interface Run {
  machine: FleetHost;
  directory: string;
  goesWell: boolean;
}

/** Runs the server until it is at the point, and kills it there; to the end without one. Tells its last line. */
async function run({ machine, directory, goesWell }: Run, point = ''): Promise<string> {
  const words = [program, directory, machine.address, fleet.key, goesWell ? 'yes' : 'no', point];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const closed = once(child, 'close');
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    last = line;
    if (point !== '' && line === `at ${point}`) child.kill('SIGKILL');
  }
  const [code, signal] = await closed;
  const told = `${machine.name} at "${point}": ${errors.join('\n')}`;
  expect([code, signal], told).toEqual(point === '' ? [0, null] : [null, 'SIGKILL']);
  return last;
}

const cases = [
  ...forward.map((point) => ({ point, goesWell: true })),
  ...back.map((point) => ({ point, goesWell: false })),
];

test('a server that is killed at any point of a workflow, also while it is undone, is followed by one that does each step once', async () => {
  using data = temporaryDirectory();
  expect(cases.length).toBeLessThanOrEqual(machines.length);
  await Promise.all(
    cases.map(async ({ point, goesWell }, index) => {
      const machine = machines[index];
      if (machine === undefined) throw new Error('there are fewer machines than cases');
      await on(machine, 'rm -f /root/effects /root/drain /root/settle');
      const before = boots(machine).length;
      const work = { machine, directory: join(data.path, String(index)), goesWell };
      expect(await run(work, point)).toBe(`at ${point}`);
      const outcome = JSON.parse(await run(work));
      const effects = (await on(machine, 'cat /root/effects')).trim().split('\n');
      const undone = goesWell ? [] : ['-settle', '-drain'];
      expect([point, effects]).toEqual([point, ['drain', 'detached', 'settle', ...undone]]);
      expect([point, boots(machine).length - before]).toEqual([point, 1]);
      expect([point, outcome]).toEqual([
        point,
        goesWell
          ? { state: 'succeeded', exit_code: 0, error: null }
          : { state: 'failed', exit_code: 3, error: { code: 'command_failed', message: 'as planned' } },
      ]);
      expect(await on(machine, 'ls -A /run/commissaire 2>/dev/null || true')).toBe('');
    }),
  );
});
