import { describe, expect, test } from 'vitest';
import type { OperationDetail } from '../../../src/operations/operation.ts';
import { commctl, commctlOnTerminal, start } from '../support/commctl.ts';
import { operationHost, operationRecord, restartRecord } from '../support/records.ts';
import { type Answer, json, problem, TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';

const finished_at = '2026-01-02T03:05:05.000000';
const date = 'Fri, 02 Jan 2026 03:04:10 GMT';
const location = '/api/v0/operation/op-1';

const running = operationRecord([operationHost('192.0.2.11', { state: 'running', phase: 'rebooting' })]);
const finished = operationRecord([operationHost('192.0.2.11', { state: 'succeeded' })], {
  status: 'finished',
  finished_at,
});
const message = 'did not come back in 10 minutes';
const failed = operationRecord(
  [operationHost('192.0.2.11', { state: 'failed', error: { code: 'timed_out', message } })],
  {
    status: 'failed',
    reason: '1 host failed',
    finished_at,
  },
);

/** Answers with one after the other, and with the last one ever after. */
function inTurn(...operations: OperationDetail[]): Answer {
  let next = 0;
  return () => {
    const operation = operations[Math.min(next, operations.length - 1)];
    next += 1;
    return Response.json(operation, { headers: { date } });
  };
}

const startAnswers = {
  'PUT /api/v0/cluster/web/restart': json(
    { ...restartRecord, status: 'in_process' },
    { status: 201, headers: { location, 'x-operation-number': '44' } },
  ),
  'GET /api/v0/cluster/web/restart': json(restartRecord),
};
const startAndWait = ['cluster', 'restart', 'start', '--batch', '2', '--wait', 'web'];
const restartYaml = `\
finished_at: '2026-01-02T03:05:05.000000'
in_process: []
name: web
restarted:
- 192.0.2.11
started_at: '2026-01-02T03:04:05.000000'
status: finished
`;

test('start --wait: changes on stderr, the record as it ended on stdout', async () => {
  using server = new TestServer({ ...startAnswers, 'GET /api/v0/operation/op-1': inTurn(running, finished) });
  expect(await commctl(startAndWait, { endpoint: server.url })).toEqual({
    exitCode: 0,
    stdout: restartYaml,
    stderr: `\
operation #44 (op-1) started
2026-01-02T03:04:10Z operation #44: restart of cluster web
2026-01-02T03:04:10Z 192.0.2.11 running rebooting
2026-01-02T03:04:10Z 192.0.2.11 succeeded
2026-01-02T03:04:10Z operation #44: finished: 1 ok
`,
  });
  expect(server.received[0]?.body).toEqual({ strategy: { batch: 2 } });
});

test('start without --wait: the record, and how to follow it', async () => {
  using server = new TestServer(startAnswers);
  const ended = await commctl(['cluster', 'restart', 'start', 'web', '-o', 'json'], { endpoint: server.url });
  expect(ended).toMatchObject({
    exitCode: 0,
    stderr: 'operation #44 (op-1) started; follow it with `commctl operation watch 44`\n',
  });
  expect(JSON.parse(ended.stdout)).toEqual({ ...restartRecord, status: 'in_process' });
  expect(server.received[0]?.body).toEqual({});
});

test('the same operation running already is followed as well', async () => {
  const already = json({ ...restartRecord, status: 'in_process' }, { headers: { location } });
  using server = new TestServer({
    ...startAnswers,
    'PUT /api/v0/cluster/web/restart': already,
    'GET /api/v0/operation/op-1': inTurn(finished),
  });
  const { exitCode, stderr } = await commctl(startAndWait, { endpoint: server.url });
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^operation op-1 was running already\n/);
});

describe('exit codes', () => {
  const cases = [
    { what: 'finished', operation: finished, exitCode: 0 },
    { what: 'a host failed', operation: failed, exitCode: 3 },
    { what: 'finished within its failure budget', operation: { ...failed, status: 'finished' as const }, exitCode: 3 },
    {
      what: 'a host was unreachable',
      operation: { ...failed, results: [operationHost('192.0.2.11', { state: 'unreachable' })] },
      exitCode: 3,
    },
    {
      what: 'every host was skipped',
      operation: operationRecord([operationHost('192.0.2.11', { state: 'skipped' })], {
        status: 'finished',
        finished_at,
      }),
      exitCode: 1,
    },
    { what: 'failed without a failed host', operation: { ...finished, status: 'failed' as const }, exitCode: 1 },
  ];

  test.each(cases)('$what: $exitCode', async ({ operation, exitCode }) => {
    using server = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(operation) });
    const ended = await commctl(['operation', 'wait', 'op-1', '-o', 'json'], { endpoint: server.url });
    expect(ended.exitCode).toBe(exitCode);
    expect(JSON.parse(ended.stdout)).toEqual(operation);
  });
});

test('an unknown operation', async () => {
  const unknown = () => problem(404, { code: 'operation_not_found', detail: 'no operation op-1' });
  using server = new TestServer({ 'GET /api/v0/operation/op-1': unknown });
  const { exitCode, stderr } = await commctl(['operation', 'wait', 'op-1'], { endpoint: server.url });
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'No object found.\ncommctl: no operation op-1\n' });
});

test('a restart of the server does not end the wait', async () => {
  const first = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(running) });
  const { port, url } = first;
  using waiting = start(['operation', 'wait', 'op-1', '-o', 'json'], { endpoint: url });
  await until(() => waiting.output.stderr.includes('running rebooting'));
  first[Symbol.dispose]();
  await until(() => waiting.output.stderr.includes('cannot be reached'));
  using _second = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(finished) }, port);
  const { exitCode, stderr } = await waiting.ended;
  expect(exitCode).toBe(0);
  expect(stderr).toBe(`\
2026-01-02T03:04:10Z operation #44: restart of cluster web
2026-01-02T03:04:10Z 192.0.2.11 running rebooting
the server cannot be reached (connection refused); trying again for up to 5 minutes
2026-01-02T03:04:10Z 192.0.2.11 succeeded
2026-01-02T03:04:10Z operation #44: finished: 1 ok
`);
});

test('a server that is stopping is waited for as well', async () => {
  const answers = [problem(503, { code: 'shutting_down', detail: 'the server is stopping' })];
  const detail = inTurn(finished);
  using server = new TestServer({ 'GET /api/v0/operation/op-1': (received) => answers.shift() ?? detail(received) });
  const { exitCode, stderr } = await commctl(['operation', 'wait', 'op-1'], { endpoint: server.url });
  expect(exitCode).toBe(0);
  expect(stderr).toContain('the server cannot be reached (the server is stopping); trying again for up to 5 minutes\n');
});

test('Ctrl-C leaves the operation alone and says how to come back', async () => {
  using server = new TestServer({ ...startAnswers, 'GET /api/v0/operation/op-1': inTurn(running) });
  using waiting = start(startAndWait, { endpoint: server.url });
  await until(() => waiting.output.stderr.includes('running rebooting'));
  waiting.interrupt();
  const { exitCode, stdout, stderr } = await waiting.ended;
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
  expect(stderr).toMatch(
    /\nThe operation keeps running on the server\. Watch it again with `commctl operation watch 44`, or cancel it with `commctl operation cancel 44`; with `--now` what runs on its hosts is also ended\.\n$/,
  );
  expect(server.asked.filter((line) => line.startsWith('DELETE'))).toEqual([]);
});

describe('operation watch', () => {
  test('changes on stdout, and the exit code of the outcome', async () => {
    using server = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(running, failed) });
    expect(await commctl(['operation', 'watch', 'op-1'], { endpoint: server.url })).toEqual({
      exitCode: 3,
      stdout: `\
2026-01-02T03:04:10Z operation #44: restart of cluster web
2026-01-02T03:04:10Z 192.0.2.11 running rebooting
2026-01-02T03:04:10Z 192.0.2.11 failed ${message}
2026-01-02T03:04:10Z operation #44: failed: 1 failed (192.0.2.11): 1 host failed
`,
      stderr: 'retry: commctl operation retry 44\n',
    });
  });

  test('with -o json each change is an object on a line, also on a terminal', async () => {
    using server = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(running, finished) });
    const args = ['operation', 'watch', 'op-1', '-o', 'json'];
    const piped = await commctl(args, { endpoint: server.url });
    const lines = piped.stdout.trimEnd().split('\n');
    expect(piped.exitCode).toBe(0);
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { type: 'operation', status: 'in_process', finished_at: '' },
      { type: 'host', host: '192.0.2.11', state: 'running', phase: 'rebooting' },
      { type: 'host', host: '192.0.2.11', state: 'succeeded', phase: null },
      { type: 'operation', status: 'finished', finished_at },
    ]);
    using again = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(running, finished) });
    const options = { endpoint: again.url, size: { cols: 400, rows: 20 } };
    const { screen } = await commctlOnTerminal(args, options);
    expect(screen.replaceAll('\r\n', '\n')).toBe(piped.stdout);
  });

  test('on a terminal the batch under way, and the last lines of a host that failed', async () => {
    const output_bytes = 3_000;
    const results = [operationHost('192.0.2.11', { state: 'failed', output_bytes }), operationHost('192.0.2.12')];
    const going = operationRecord(results);
    const ended = operationRecord(results, { status: 'failed', reason: 'enough', finished_at });
    using server = new TestServer({
      'GET /api/v0/operation/op-1': inTurn(going, ended),
      'GET /api/v0/operation/op-1/plan': json({ batches: [['192.0.2.11'], ['192.0.2.12']] }),
      'GET /api/v0/operation/op-1/log': () => new Response('nd of a line\none\n\ntwo\n'),
    });
    const args = ['--no-color', 'operation', 'watch', 'op-1'];
    const { screen } = await commctlOnTerminal(args, { endpoint: server.url, size: { cols: 70, rows: 20 } });
    expect(screen.split('\x1b')[0]?.split('\r\n')).toEqual([
      '#44 restart of cluster web: in_process, 1/2 done, 1 failed, 5s',
      '  ██████████░░░░░░░░░░  50%  batch 2 of 2: 0 of 1 done',
      '  192.0.2.11  failed',
      '    | one',
      '    | two',
      '  192.0.2.12  pending',
      '',
    ]);
    expect(server.asked.filter((line) => line.includes('/log'))).toEqual([
      'GET /api/v0/operation/op-1/log?host=192.0.2.11&offset=952',
    ]);
  });
});

describe('on a terminal', () => {
  const invocation = { size: { cols: 60, rows: 10 } };

  test('the screen is redrawn in place, and errors are told in full at the end', async () => {
    const long = `${message}: the port answers, but with the boot id of before`;
    const results = [operationHost('192.0.2.11', { state: 'failed', error: { code: 'timed_out', message: long } })];
    using server = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(running, { ...failed, results }) });
    const args = ['--no-color', 'operation', 'wait', 'op-1', '-o', 'json'];
    const { exitCode, screen } = await commctlOnTerminal(args, { ...invocation, endpoint: server.url });
    expect(exitCode).toBe(3);
    expect(screen.split('{')[0]).toBe(
      [
        '#44 restart of cluster web: in_process, 0/1 done, 5s',
        '  192.0.2.11  rebooting',
        '\x1b[2A\x1b[J#44 restart of cluster web: failed: 1 failed, 1m00s',
        '  1 host failed',
        '  192.0.2.11  failed               did not come back in 10 …',
        `192.0.2.11: ${long}`,
        '',
      ].join('\r\n'),
    );
  });

  test('the view stays: below it comes what to type next, and no record', async () => {
    using server = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(running, failed) });
    const args = ['--no-color', 'operation', 'wait', 'op-1'];
    const size = { cols: 100, rows: 24 };
    const { exitCode, screen } = await commctlOnTerminal(args, { size, endpoint: server.url });
    expect(exitCode).toBe(3);
    expect(screen.split('\x1b[J').at(-1)?.split('\r\n')).toEqual([
      '#44 restart of cluster web: failed: 1 failed (192.0.2.11), 1m00s',
      '  1 host failed',
      `  192.0.2.11  failed               ${message}`,
      'retry: commctl operation retry 44',
      '',
    ]);
  });

  test.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ])('%j decides about colours', async (environment, coloured) => {
    using server = new TestServer({ 'GET /api/v0/operation/op-1': inTurn(finished) });
    const options = { ...invocation, environment, endpoint: server.url };
    const { screen } = await commctlOnTerminal(['operation', 'wait', 'op-1'], options);
    expect(screen.includes('\x1b[32m')).toBe(coloured);
  });
});

const execEnded = operationRecord(
  [
    operationHost('h1', { state: 'succeeded', exit_code: 0, output_bytes: 3 }),
    operationHost('h2', { state: 'unreachable', error: { code: 'unreachable', message: 'cannot reach h2:22' } }),
  ],
  { id: 'op-2', kind: 'exec', status: 'finished', finished_at },
);
const group = { count: 1, truncated: false, log_removed: false };
const execAgain = {
  'POST /api/v0/operation/op-1/retry': json(execEnded, { status: 201 }),
  'GET /api/v0/operation/op-2': inTurn(execEnded),
  'GET /api/v0/operation/op-2/folded': json([
    { ...group, hosts: 'h2', state: 'unreachable', exit_code: null, error: 'unreachable', output: '' },
    { ...group, hosts: 'h1', state: 'succeeded', exit_code: 0, error: '', output: 'up\n' },
  ]),
};
const retryAndWait = ['operation', 'retry', '--wait', 'op-1'];

test('an exec that is retried shows its output, those that failed last and with the reason', async () => {
  using server = new TestServer(execAgain);
  expect(await commctl([...retryAndWait, '-o', 'table'], { endpoint: server.url })).toEqual({
    exitCode: 3,
    stdout: `\
---------------
h1 (1)
---------------
up
---------------
h2 (1): unreachable: cannot reach h2:22
---------------
`,
    stderr: `\
operation #44 (op-2) started
2026-01-02T03:04:10Z operation #44: exec of cluster web
2026-01-02T03:04:10Z h1 succeeded
2026-01-02T03:04:10Z h2 unreachable cannot reach h2:22
2026-01-02T03:04:10Z operation #44: finished: 1 ok, 1 unreachable (h2)
retry: commctl operation retry 44
`,
  });
});

test('for a program it is the record', async () => {
  using server = new TestServer(execAgain);
  const { exitCode, stdout } = await commctl([...retryAndWait, '-o', 'json'], { endpoint: server.url });
  expect(exitCode).toBe(3);
  expect(JSON.parse(stdout)).toEqual(execEnded);
});

test('on a terminal the end of an exec says what failed, why and what to type next, each once', async () => {
  const message =
    'cannot connect to h2:22: no answer within 10 s; check its address, its port and the firewall between';
  const ended = operationRecord(
    [
      operationHost('h1', { state: 'succeeded', exit_code: 0, output_bytes: 3 }),
      operationHost('h2', { state: 'unreachable', error: { code: 'unreachable', message } }),
      operationHost('h3', {
        state: 'failed',
        exit_code: 7,
        output_bytes: 4,
        error: { code: 'command_failed', message: 'the command on h3 was ended with exit code 7' },
      }),
    ],
    { id: 'op-2', kind: 'exec', status: 'finished', finished_at },
  );
  using server = new TestServer({
    'POST /api/v0/operations': json(ended, { status: 201 }),
    'GET /api/v0/operation/op-2': inTurn(ended),
    'GET /api/v0/operation/op-2/log': () => new Response('odd\n'),
    'GET /api/v0/operation/op-2/folded': json([
      { ...group, hosts: 'h3', state: 'failed', exit_code: 7, error: 'command_failed', output: 'odd\n' },
      { ...group, hosts: 'h2', state: 'unreachable', exit_code: null, error: 'unreachable', output: '' },
      { ...group, hosts: 'h1', state: 'succeeded', exit_code: 0, error: '', output: 'up\n' },
    ]),
  });
  const { screen } = await commctlOnTerminal(['--no-color', 'exec', 'web', '--', 'uptime'], {
    size: { cols: 80, rows: 24 },
    endpoint: server.url,
  });
  expect(screen.split('\x1b[J').at(-1)?.split('\r\n')).toEqual([
    '#44 exec of cluster web: finished: 1 ok, 1 failed, 1 unreachable, 1m00s',
    '  h1  succeeded',
    '  h2  unreachable          cannot connect to h2:22: no answer within 10 s; chec…',
    '  h3  failed               exit code 7',
    '---------------',
    'h1 (1)',
    '---------------',
    'up',
    '---------------',
    'h3 (1): failed, exit code 7',
    '---------------',
    'odd',
    '---------------',
    'h2 (1): unreachable: cannot connect to h2:22: no answer within 10 s; check its',
    '  address, its port and the firewall between',
    '---------------',
    'finished: 1 ok, 1 failed (h3), 1 unreachable (h2)',
    'retry: commctl operation retry 44',
    '',
  ]);
});

test('of a deploy that failed the record of the original has no reason: it is told beside it', async () => {
  const record = {
    name: 'web',
    status: 'failed',
    version: '7',
    deployed: [],
    in_process: [],
    started_at: '',
    finished_at,
  };
  const reason = 'the only host was skipped: a machine that is upgraded with apt cannot be brought to one version';
  const { results: _, ...skipped } = operationRecord([operationHost('h1', { state: 'skipped' })], {
    kind: 'deploy',
    status: 'finished',
    reason,
    finished_at,
  });
  using server = new TestServer({
    'GET /api/v0/cluster/web/deploy': json(record),
    'GET /api/v0/operations': json([skipped]),
  });
  const ended = await commctl(['cluster', 'deploy', 'status', 'web', '-o', 'json'], { endpoint: server.url });
  expect(ended.exitCode).toBe(0);
  expect(JSON.parse(ended.stdout)).toEqual(record);
  expect(ended.stderr).toBe(`operation #44: nothing done: 1 skipped: ${reason}\n`);
  expect(server.asked).toContain('GET /api/v0/operations?cluster=web&kind=deploy&limit=1');
});

test('an operation that ended with failures has a word and a colour of its own in a list', async () => {
  const { results: _, ...listed } = execEnded;
  using server = new TestServer({ 'GET /api/v0/operations': json([listed]) });
  const size = { cols: 140, rows: 24 };
  const shown = (args: string[]) => commctlOnTerminal([...args, 'operation', 'list'], { size, endpoint: server.url });
  const { screen } = await shown([]);
  const row = screen.split('\r\n')[1] ?? '';
  expect(row).toMatch(/^.\[33m#44 +exec {2}cluster:web {2}with failures {2}2 +1 +0 +1 .*.\[0m$/);
  expect((await shown(['--no-color'])).screen).toBe(screen.replace('\x1b[33m', '').replace('\x1b[0m', ''));
});

test('--failed asks for every outcome that is no success', async () => {
  using server = new TestServer({ 'GET /api/v0/operations': json([]) });
  await commctl(['operation', 'list', '--failed'], { endpoint: server.url });
  expect(server.asked.map(decodeURIComponent)).toEqual([
    'GET /api/v0/operations?outcome=In(failed,with_failures,skipped)',
  ]);
});
