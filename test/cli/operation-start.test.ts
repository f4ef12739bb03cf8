import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { laidOut } from '../../src/cli/laid-out.ts';
import { planTable } from '../../src/cli/plan-table.ts';
import { changes } from '../../src/cli/wait/plain-progress.ts';
import type { Plan } from '../../src/operations/plan.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { operationHost, operationRecord, planRecord } from './support/records.ts';
import { json, TestServer } from './support/server.ts';

const route = 'POST /api/v0/operations';

const planOfNothing = planRecord();

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
    kind: 'upgrade',
    target: 'cluster:web',
    hosts: 4,
    reboots: 'always' as const,
    batches: [['web1'], ['web2', 'web3', 'web4']],
    splits: [{ batch: 1, reason: '3 hosts come later, because they are reached through web1' }],
    at_once: 3,
    down_at_once: 3,
    max_failures: 1,
    max_unreachable: null,
    on_failure: 'stop' as const,
    gates: ['TCP port 22 open'],
    window: { open: false, opens_at: '2026-03-02T13:00:00.000Z' },
    budgets: [],
    obstacles: ['restart op-1 has the host web1'],
  };
  expect(laidOut(planTable(plan))).toEqual([
    'upgrade of 4 hosts of cluster:web, then always reboot',
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

const summaries: [kind: string, reboots: Plan['reboots'], summary: string][] = [
  ['restart', 'always', 'restart of 1 host of all: each one reboots'],
  ['reboot', 'always', 'reboot of 1 host of all: each one reboots'],
  ['upgrade', 'never', 'upgrade of 1 host of all, then never reboot'],
  ['upgrade', 'if-needed', 'upgrade of 1 host of all, then reboot if needed'],
  ['deploy', 'always', 'deploy of 1 host of all, then always reboot'],
  ['exec', 'never', 'exec of 1 host of all'],
  ['facts', 'never', 'facts of 1 host of all'],
];

test.each(summaries)('the plan of %s (%s) begins with what it does', (kind, reboots, summary) => {
  const plan = { ...planOfNothing, kind, reboots };
  expect(planTable(plan)[0]).toBe(summary);
});

test('the plan of a server that does not say it begins with the number of hosts', () => {
  const { kind: _, target: __, ...plan } = planOfNothing;
  expect(planTable(JSON.parse(JSON.stringify(plan)))[0]).toBe('1 host in 1 batch, at most 1 at once');
});

const planned: { words: string[]; request: string; body?: object }[] = [
  ...['restart', 'upgrade'].map((kind) => ({
    words: ['cluster', kind, 'start', 'web'],
    request: `${route}?plan=true`,
    body: { kind, target: 'cluster:web', parameters: {} },
  })),
  {
    words: ['cluster', 'deploy', 'start', 'web', '7'],
    request: `${route}?plan=true`,
    body: { kind: 'deploy', target: 'cluster:web', parameters: { version: '7' } },
  },
  {
    words: ['operation', 'start', 'restart', 'a'],
    request: `${route}?plan=true`,
    body: { kind: 'restart', target: 'a', parameters: {} },
  },
  ...['retry', 'rerun'].map((again) => ({
    words: ['operation', again, 'op-1'],
    request: `GET /api/v0/operation/op-1/plan?again=${again}`,
  })),
];

test.each(planned)('$words --plan only asks for the plan', async ({ words, request, body }) => {
  const answers = { [route]: json(planOfNothing), 'GET /api/v0/operation/op-1/plan': json(planOfNothing) };
  for (const flag of ['--plan', '--dry-run']) {
    using server = new TestServer(answers);
    const { exitCode, stdout, stderr } = await commctl([...words, flag, '-o', 'table'], { endpoint: server.url });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toBe('restart of 1 host of all: each one reboots');
    expect(server.asked).toEqual([request]);
    expect(server.received[0]?.body).toEqual(body);
  }
});

const queued: [words: string[], request: string][] = [
  [['cluster', 'restart', 'start', 'web'], 'PUT /api/v0/cluster/web/restart'],
  [['cluster', 'upgrade', 'start', 'web'], 'PUT /api/v0/cluster/web/upgrade'],
  [['cluster', 'deploy', 'start', 'web', '7'], 'PUT /api/v0/cluster/web/deploy'],
  [['operation', 'start', 'restart', 'a'], route],
  [['operation', 'retry', 'op-1'], 'POST /api/v0/operation/op-1/retry'],
  [['operation', 'rerun', 'op-1'], 'POST /api/v0/operation/op-1/rerun'],
];

test.each(queued)('%j --queue asks to wait', async (words, request) => {
  using server = new TestServer({ [request]: json(operationRecord([operationHost('a')]), { status: 201 }) });
  expect((await commctl([...words, '--queue'], { endpoint: server.url })).exitCode).toBe(0);
  expect(server.received).toMatchObject([{ body: { wait: true } }]);
});

const misfits: [words: string[], option: string][] = [
  [['cluster', 'restart', 'start', 'a', '--reboot', 'always'], '--reboot'],
  [['exec', 'a', '--reboot', 'always', '--', 'true'], '--reboot'],
  [['exec', 'a', '--reboot-timeout', '60', '--', 'true'], '--reboot-timeout'],
  [['copy', 'x', 'a', '/x', '--reboot', 'always'], '--reboot'],
  [['copy', 'x', 'a', '/x', '--reboot-timeout', '60'], '--reboot-timeout'],
];

test.each(misfits)('%j is refused', async (words, option) => {
  const { exitCode, stderr } = await commctl(words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining(`option '${option} <`) });
  expect(stderr).toMatch(/is invalid\. It is for /);
  const { stdout } = await commctl([...words.slice(0, words.indexOf('a')), '--help']);
  expect(stdout).not.toMatch(new RegExp(`${option}[ =]`));
});

test('whoever waits is told what the operation is paused or waits for, once', () => {
  const running = operationRecord([operationHost('a')]);
  const detail = 'restart op-0 has the host a';
  const waiting = operationRecord([operationHost('a')], { status: 'waiting', waiting_for: { what: 'lock', detail } });
  const paused = operationRecord([operationHost('a')], { status: 'paused', reason: 'paused by ann' });
  expect(changes(running, waiting)).toEqual([`operation #44: waiting: ${detail}`]);
  expect(changes(waiting, structuredClone(waiting))).toEqual([]);
  expect(changes(waiting, paused)).toEqual(['operation #44: paused by ann']);
  expect(changes(paused, running)).toEqual(['operation #44: in_process']);
});

test('a mistyped member of a strategy file is not sent', async () => {
  using server = new TestServer({});
  using directory = temporaryDirectory();
  const file = join(directory.path, 'strategy.yaml');
  writeFileSync(file, 'batch: 2\nmax_failurs: 1\n');
  const args = ['operation', 'start', 'restart', 'cluster:web', '--strategy', file];
  expect(await commctl(args, { endpoint: server.url })).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `commctl: ${file}: "max_failurs" is not a member of a strategy\nhint: did you mean "max_failures"?\n`,
  });
  expect(server.asked).toEqual([]);
});
