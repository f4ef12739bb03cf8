import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Fleet, withSshdFleet } from '../support/fleet.ts';
import { type TestServer as RealServer, startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { commctl, commctlOnTerminal, type Invocation, start } from './support/commctl.ts';
import { operationHost, operationRecord } from './support/records.ts';
import { type Answer, json, TestServer } from './support/server.ts';

const defaults = { batch: '100%', concurrency: 64, on_failure: 'continue' };

describe('what is typed is what is asked for', () => {
  const begin = json(operationRecord([operationHost('a')], { kind: 'exec' }), { status: 201 });
  const plan = { hosts: 1, batches: [['a']], at_once: 1, max_failures: 1, max_unreachable: null, on_failure: 'stop' };

  /** The body that the command line leads to. */
  async function asked(words: string[], stdin = ''): Promise<unknown> {
    const more = { gates: [], window: null, obstacles: [] };
    using server = new TestServer({ 'POST /api/v0/operations': json({ ...plan, ...more }) });
    const { exitCode, stderr } = await commctl(['exec', '--plan', ...words], { endpoint: server.url, stdin });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(server.asked).toEqual(['POST /api/v0/operations?plan=true']);
    return server.received[0]?.body;
  }

  const exec = (parameters: object, strategy: object = defaults) => ({
    kind: 'exec',
    target: 'a',
    parameters,
    strategy,
  });
  const cases: [words: string[], body: object][] = [
    [['a', '--', 'uptime'], exec({ command: 'uptime' })],
    [['a', 'uptime'], exec({ command: 'uptime' })],
    [['a', '--', 'ls', '-l', '--', '/tmp/a b'], exec({ command: 'ls -l -- /tmp/a b' })],
    [
      ['a', '--batch', '2', '--', 'echo', '--batch', '3'],
      exec({ command: 'echo --batch 3' }, { ...defaults, batch: 2 }),
    ],
    [['a', '--', 'for f in *; do echo $f; done'], exec({ command: 'for f in *; do echo $f; done' })],
    [
      ['a', '--user', 'www', '--directory', '/srv', '--env', 'A=1', '--env', 'B=x=y', '--umask', '077', '--', 'x'],
      exec({ command: 'x', user: 'www', directory: '/srv', environment: { A: '1', B: 'x=y' }, umask: '077' }),
    ],
    [['a', '--detached', '--', 'x'], exec({ command: 'x', detached: true })],
    [['a', '--harmless', '--', 'x'], exec({ command: 'x', disrupts: false })],
    [
      ['a', '--max-failures', '10%', '--', 'x'],
      exec({ command: 'x' }, { ...defaults, max_failures: '10%', on_failure: 'stop' }),
    ],
    [
      ['a', '--max-unreachable', '3', '--on-failure', 'pause', '--', 'x'],
      exec({ command: 'x' }, { ...defaults, max_unreachable: 3, on_failure: 'pause' }),
    ],
    [['a', '--queue', '--', 'x'], { ...exec({ command: 'x' }), wait: true }],
    [
      ['a', '--gate-http-machine', 'http://{address}/', '--', 'x'],
      exec({ command: 'x' }, { ...defaults, gates: [{ http: 'http://{address}/', from: 'machine' }] }),
    ],
  ];

  test.each(cases)('%j', async (words, body) => {
    expect(await asked(words)).toEqual(body);
  });

  test('a script, with the words as its arguments', async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, 'setup.py');
    writeFileSync(file, 'import sys\n');
    expect(await asked(['a', '--script', file, '--interpreter', 'python3 -u', '--', '--verbose', 'a b'])).toEqual(
      exec({ script: 'import sys\n', interpreter: 'python3 -u', arguments: ['--verbose', 'a b'] }),
    );
  });

  test('stdin is read for the command, or is the script, and left alone otherwise', async () => {
    expect(await asked(['a', '--stdin', '--', 'cat'], 'häh\n')).toEqual(exec({ command: 'cat', stdin: 'häh\n' }));
    expect(await asked(['a', '--script', '-'], 'id\n')).toEqual(exec({ script: 'id\n', arguments: [] }));
    expect(await asked(['a', '--', 'cat'], 'häh\n')).toEqual(exec({ command: 'cat' }));
  });

  const mistakes: [words: string[], stderr: RegExp][] = [
    [[], /missing required argument 'target'/],
    [['a'], /there is no command/],
    [['a', '--', ''], /there is no command/],
    [['a', 'ls', '-l'], /unknown option '-l'/],
    [['a', '--interpreter', 'python3', '--', 'x'], /--interpreter is for --script/],
    [['a', '--env', 'A', '--', 'x'], /--env: "A" is not a variable/],
    [['a', '--script', '/nonexistent'], /cannot read the script \/nonexistent: there is no such file or directory/],
    [['a', '--script', '-'], /there is no script on stdin/],
    [['a', '--script', '-', '--stdin'], /stdin cannot be both/],
  ];

  test.each(mistakes)('%j is a mistake', async (words, stderr) => {
    using server = new TestServer({ 'POST /api/v0/operations': begin });
    const result = await commctl(['exec', ...words], { endpoint: server.url });
    expect(result).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(stderr) });
    expect(server.asked).toEqual([]);
  });
});

test('Ctrl-C says how to follow the command, and how to end it', async () => {
  const running = operationRecord([operationHost('a', { state: 'running', phase: 'acting' })], { kind: 'exec' });
  const answer: Answer = json(running, { status: 201 });
  using server = new TestServer({ 'POST /api/v0/operations': answer, 'GET /api/v0/operation/op-1': json(running) });
  using waiting = start(['exec', 'a', '--', 'sleep', '60'], { endpoint: server.url });
  await until(() => waiting.output.stderr.includes('running acting'));
  waiting.interrupt();
  const { exitCode, stdout, stderr } = await waiting.ended;
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: '' });
  expect(stderr).toMatch(/operation watch 44`, or cancel it with `commctl operation cancel 44`; with `--now` .*\n$/);
  expect(server.received.filter(({ method }) => method !== 'GET')).toHaveLength(1);
});

describe('on real machines', () => {
  let server: RealServer;
  let fleet: Fleet & AsyncDisposable;
  let invocation: Invocation;
  const addresses = () => fleet.hosts.map(({ address }) => address);
  const target = () => addresses().join(',');

  beforeAll(async () => {
    [server, fleet] = await Promise.all([startServer(), withSshdFleet(3)]);
    const ssh_priv_key = readFileSync(fleet.key).toString('base64');
    for (const { address, port } of fleet.hosts) {
      const host = { ssh_priv_key, port, remote_user: fleet.user };
      expect((await server.request('PUT', `/api/v0/host/${address}`, host)).status).toBe(201);
    }
    await until(async () => !(await server.request('GET', '/api/v0/hosts')).text.includes('investigating'));
    invocation = { file: JSON.stringify({ endpoint: server.url, username: 'tester', password: 'of the tests' }) };
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await fleet[Symbol.asyncDispose]();
  });

  test('of one machine the bare output, however long it is', async () => {
    const [one = ''] = addresses();
    const command = "head -c 200000 /dev/zero | tr '\\0' x; printf '\\303'";
    const { exitCode, stdout, stderr } = await commctl(['exec', one, '--', command], invocation);
    expect(exitCode).toBe(0);
    expect(stdout.length).toBe(200_002);
    expect(stdout).toMatch(/^x{200000}\uFFFD\n$/);
    expect(stderr).toMatch(/^operation #\d+ \(\S+\) started\n.*finished: 1 ok\n$/s);
  });

  /** Fails on the second machine. */
  const mixed = () =>
    `case $SSH_CONNECTION in *" ${addresses()[1]} "*) echo bad >&2; exit 3;; esac; echo one; echo two`;

  test('folded, the odd ones last, with the exit code of the outcome', async () => {
    const { exitCode, stdout } = await commctl(['exec', target(), '--', mixed()], invocation);
    const [a = '', b = '', c = ''] = addresses();
    const [prefix = ''] = /^.*\./.exec(a) ?? [];
    const alike = `${prefix}[${[a, c].map((address) => address.slice(prefix.length)).join(',')}]`;
    expect({ exitCode, stdout }).toEqual({
      exitCode: 3,
      stdout: [
        '---------------',
        `${alike} (2)`,
        '---------------',
        'one',
        'two',
        '---------------',
        `${b} (1): failed, exit code 3`,
        '---------------',
        'bad',
        '',
      ].join('\n'),
    });
  });

  test('--no-fold: each line with its host', async () => {
    const { exitCode, stdout } = await commctl(['exec', target(), '--no-fold', '--', mixed()], invocation);
    const [a = '', b = '', c = ''] = addresses();
    expect(exitCode).toBe(3);
    expect(stdout.trimEnd().split('\n').toSorted()).toEqual(
      [`${a}: one`, `${a}: two`, `${b}: bad`, `${c}: one`, `${c}: two`].toSorted(),
    );
  });

  test('-o json: a line per host', async () => {
    const { exitCode, stdout } = await commctl(['exec', target(), '-o', 'json', '--', mixed()], invocation);
    const lines = stdout.trimEnd().split('\n');
    const records = lines
      .map((line): { host: string } => JSON.parse(line))
      .toSorted((x, y) => (x.host < y.host ? -1 : 1));
    const [a = '', b = '', c = ''] = addresses();
    expect(exitCode).toBe(3);
    expect(records).toEqual(
      [
        { host: a, state: 'succeeded', exit_code: 0, output: 'one\ntwo\n', error: null },
        {
          host: b,
          state: 'failed',
          exit_code: 3,
          output: 'bad\n',
          error: { code: 'command_failed', message: expect.any(String) },
        },
        { host: c, state: 'succeeded', exit_code: 0, output: 'one\ntwo\n', error: null },
      ].toSorted((x, y) => (x.host < y.host ? -1 : 1)),
    );
  });

  test('on a terminal the output comes below the last screen, and cannot move the cursor', async () => {
    const erasure = '\x1b[J';
    const command = "printf 'a\\tb\\033[2Jc\\n'";
    const options = { ...invocation, environment: { NO_COLOR: '1' }, size: { cols: 100, rows: 20 } };
    const { exitCode, screen } = await commctlOnTerminal(['exec', target(), '--', command], options);
    expect(exitCode).toBe(0);
    const last = screen.slice(screen.lastIndexOf(erasure) + erasure.length);
    expect(last).toMatch(/^#\d+ exec of 3 hosts \(.*\): finished: 3 ok, \d+s\r\n/);
    expect(last).toMatch(/ \(3\)\r\n-{15}\r\na\tbc\r\n$/);
  });

  test('the machines another operation has are waited for with --queue, and not without it', async () => {
    using directory = temporaryDirectory();
    const gate = join(directory.path, 'gate');
    const command = `timeout 60 sh -c 'until test -e ${gate}; do sleep 0.05; done'`;
    using held = start(['exec', target(), '--', command], invocation);
    await until(() => held.output.stderr.includes('running acting'));
    const refused = await commctl(['exec', target(), '--', 'true'], invocation);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(' has the host ') });
    using queued = start(['exec', target(), '--queue', '--', 'true'], invocation);
    await until(() => queued.output.stderr.includes(': waiting: exec '));
    writeFileSync(gate, '');
    expect((await queued.ended).exitCode).toBe(0);
    expect((await held.ended).exitCode).toBe(0);
  });
});
