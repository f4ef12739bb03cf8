import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { laidOut } from '../../src/cli/laid-out.ts';
import { planTable } from '../../src/cli/plan-table.ts';
import { changes } from '../../src/cli/wait/plain-progress.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { operationHost, operationRecord } from './support/records.ts';
import { json, TestServer } from './support/server.ts';

const route = 'POST /api/v0/operations';

test('what is said of the strategy is sent, over what the file says', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'strategy.yaml');
  writeFileSync(file, 'batch: 3\nretries: 2\n');
  using server = new TestServer({ [route]: json(operationRecord([operationHost('a')]), { status: 201 }) });
  const words =
    'operation start deploy a --parameter version=7 --batch 1,10% --max-failures 20% --gate-tcp 22 --gate-node-ready --reboot-timeout 900 --reason x';
  const args = ['--endpoint', server.url, ...words.split(' '), '--strategy', file, '--gate-http', 'http://{address}/'];
  const { exitCode, stderr } = await commctl([...args, '--window', 'fri-sun,tue 22:00-04:00 Europe/Berlin']);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: 'operation #44 (op-1) started; follow it with `commctl operation watch 44`\n',
  });
  expect(server.received[0]?.body).toEqual({
    kind: 'deploy',
    target: 'a',
    parameters: { version: '7' },
    strategy: {
      batch: [1, '10%'],
      retries: 2,
      max_failures: '20%',
      gates: [{ tcp: 22 }, { http: 'http://{address}/' }, { node_ready: true }],
      window: { days: ['fri', 'sat', 'sun', 'tue'], from: '22:00', to: '04:00', time_zone: 'Europe/Berlin' },
      reboot_timeout: 900,
      reason: 'x',
    },
  });
});

const mistakes: [words: string[], stderr: RegExp][] = [
  [['--max-failures', '0'], /--max-failures: "0" is no number of hosts/],
  [['--batch', '1,x'], /--batch: "x" is no number of hosts/],
  [['--gate-tcp', '70000'], /--gate-tcp: "70000" is no port/],
  [['--window', 'mon 25:00-04:00 UTC'], /--window: "mon 25:00-04:00 UTC" is not a window/],
  [['--reboot-timeout', '0'], /--reboot-timeout/],
  [['--reboot-timeout', '86401'], /--reboot-timeout/],
  [['--parameter', 'x'], /--parameter: "x" is not a parameter/],
  [['--strategy', '/nonexistent'], /cannot read the strategy \/nonexistent: there is no such file or directory/],
];

test.each(mistakes)('%j is a mistake', async (words, stderr) => {
  const result = await commctl(['operation', 'start', 'restart', 'a', ...words]);
  expect(result).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(stderr) });
});

test('a plan is shown with folded names', () => {
  const plan = {
    hosts: 4,
    batches: [['web1'], ['web2', 'web3', 'web4']],
    splits: [{ batch: 1, reason: '3 hosts come later, because they are reached through web1' }],
    at_once: 3,
    max_failures: 1,
    max_unreachable: null,
    on_failure: 'stop' as const,
    gates: ['TCP port 22 open'],
    window: { open: false, opens_at: '2026-03-02T13:00:00.000Z' },
    budgets: [],
    obstacles: ['restart op-1 has the host web1'],
  };
  expect(laidOut(planTable(plan))).toEqual([
    '4 hosts in 2 batches, at most 3 at once',
    'batch 1  1 host   web1',
    'batch 2  3 hosts  web[2-4]',
    'batch 1: 3 hosts come later, because they are reached through web1',
    'stops at 1 failed or unreachable',
    'gate: TCP port 22 open',
    'the window opens at 2026-03-02T13:00:00.000Z',
    'in the way: restart op-1 has the host web1',
  ]);
});

test('whoever waits is told what the operation is paused or waits for, once', () => {
  const running = operationRecord([operationHost('a')]);
  const detail = 'restart op-0 has the host a';
  const waiting = operationRecord([operationHost('a')], { status: 'waiting', waiting_for: { what: 'lock', detail } });
  const paused = operationRecord([operationHost('a')], { status: 'paused', reason: 'paused by ann' });
  expect(changes(running, waiting)).toEqual([`operation #44: waiting: ${detail}`]);
  expect(changes(waiting, structuredClone(waiting))).toEqual([]);
  expect(changes(waiting, paused)).toEqual(['operation #44: paused: paused by ann']);
  expect(changes(paused, running)).toEqual(['operation #44: in_process']);
});
