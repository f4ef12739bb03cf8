import { describe, expect, test } from 'vitest';
import { takesDown } from '../../src/cli/takes-down.ts';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { operationHost, operationRecord, planRecord } from './support/records.ts';
import { json, problem, TestServer } from './support/server.ts';

const question = 'Continue? [y/N] ';
const notConfirmed = 'commctl: not confirmed, so nothing was done\r\n';

/** `DELETE` of each object, as a server answers it. */
const deletions = Object.fromEntries(
  [
    'host/h1',
    'host/h2',
    'cluster/web',
    'network/n',
    'containermanager/m',
    'budget/b',
    'role/r',
    'rolebinding/r',
    'secrets/web%2Fkey',
    'token/t1',
    'token/t2',
    'tokens',
  ].map((path) => [`DELETE /api/v0/${path}`, json(path === 'tokens' ? {} : [])]),
);

const deletes: [words: string[], asked: string, paths: string[]][] = [
  [['host', 'delete', 'h1', 'h2'], 'delete 2 hosts: h1, h2', ['host/h1', 'host/h2']],
  [['cluster', 'delete', 'web'], 'delete the cluster web', ['cluster/web']],
  [['network', 'delete', 'n'], 'delete the network n', ['network/n']],
  [['container_manager', 'delete', 'm'], 'delete the container manager m', ['containermanager/m']],
  [['budget', 'delete', 'b'], 'delete the budget b', ['budget/b']],
  [['role', 'delete', 'r'], 'delete the role r', ['role/r']],
  [['role-binding', 'delete', 'r'], 'delete the role binding r', ['rolebinding/r']],
  [['secret', 'delete', 'web/key'], 'delete the secret web/key', ['secrets/web%2Fkey']],
  [['token', 'revoke', 't1', 't2'], 'revoke 2 tokens: t1, t2', ['token/t1', 'token/t2']],
  [['token', 'revoke-all', 'alice'], 'revoke all tokens of alice', ['tokens?owner=alice']],
];

describe.each(deletes)('%j on a terminal', (words, asked, paths) => {
  const sent = paths.map((path) => `DELETE /api/v0/${path}`);

  test('names what and how many, and does it after a yes', async () => {
    using server = new TestServer(deletions);
    const { exitCode, screen } = await commctlOnTerminal(words, {
      endpoint: server.url,
      answers: { [question]: 'y\r' },
    });
    expect(screen.startsWith(`${asked}\r\n`)).toBe(true);
    expect({ exitCode, asked: server.asked }).toEqual({ exitCode: 0, asked: sent });
  });

  test('does nothing after an empty answer', async () => {
    using server = new TestServer(deletions);
    const { exitCode, screen } = await commctlOnTerminal(words, {
      endpoint: server.url,
      answers: { [question]: '\r' },
    });
    expect(screen.endsWith(notConfirmed)).toBe(true);
    expect({ exitCode, asked: server.asked }).toEqual({ exitCode: 130, asked: [] });
  });

  test('is done at once with -y', async () => {
    using server = new TestServer(deletions);
    const { exitCode, screen } = await commctlOnTerminal([...words, '-y'], { endpoint: server.url });
    expect(screen).not.toContain(question);
    expect({ exitCode, asked: server.asked }).toEqual({ exitCode: 0, asked: sent });
  });
});

test('without a terminal nothing is asked', async () => {
  using server = new TestServer(deletions);
  const words = ['host', 'delete', 'h1', 'h2'];
  expect(await commctl(words, { endpoint: server.url })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(server.asked).toEqual(['DELETE /api/v0/host/h1', 'DELETE /api/v0/host/h2']);
});

test('of many names the first ones are shown, and their number', async () => {
  using server = new TestServer(deletions);
  const names = Array.from({ length: 13 }, (_, index) => `h${index + 1}`);
  const words = ['host', 'delete', ...names];
  const { screen } = await commctlOnTerminal(words, { endpoint: server.url, answers: { [question]: 'n\r' } });
  expect(screen).toContain('delete 13 hosts: h1, h2, h3, h4, h5, h6, h7, h8, h9, h10 and 3 more');
});

const noes: [what: string, typed: string][] = [
  ['no', 'no\r'],
  ['another word', 'yep\r'],
  ['Ctrl-C', '\x03'],
  ['the end of the input', '\x04'],
];

test.each(noes)('%s means no', async (_what, typed) => {
  using server = new TestServer(deletions);
  const words = ['cluster', 'delete', 'web'];
  const { exitCode, screen } = await commctlOnTerminal(words, { endpoint: server.url, answers: { [question]: typed } });
  expect(screen.endsWith(`\r\n${notConfirmed}`)).toBe(true);
  expect({ exitCode, asked: server.asked }).toEqual({ exitCode: 130, asked: [] });
});

test.each(['Y', ' yes '])('"%s" means yes', async (typed) => {
  using server = new TestServer(deletions);
  const options = { endpoint: server.url, answers: { [question]: `${typed}\r` } };
  expect((await commctlOnTerminal(['cluster', 'delete', 'web'], options)).exitCode).toBe(0);
  expect(server.asked).toEqual(['DELETE /api/v0/cluster/web']);
});

describe('the configuration', () => {
  const file = (endpoint: string, confirm: unknown) =>
    JSON.stringify({ endpoint, username: 'a', password: 'b', confirm });

  test('never: a terminal is not asked', async () => {
    using server = new TestServer(deletions);
    const options = { file: file(server.url, 'never') };
    expect((await commctlOnTerminal(['cluster', 'delete', 'web'], options)).exitCode).toBe(0);
    expect(server.asked).toEqual(['DELETE /api/v0/cluster/web']);
  });

  test('always: without a terminal it is refused, unless it is confirmed', async () => {
    using server = new TestServer(deletions);
    const options = { file: file(server.url, 'always') };
    expect(await commctl(['cluster', 'delete', 'web'], options)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'commctl: this needs a confirmation, and stdin is no terminal: delete the cluster web\nhint: add --yes, or change "confirm" in the configuration file\n',
    });
    expect(server.asked).toEqual([]);
    expect((await commctl(['cluster', 'delete', '-y', 'web'], options)).exitCode).toBe(0);
  });

  test('another value is refused', async () => {
    const { exitCode, stderr } = await commctl(['cluster', 'delete', 'web'], { file: file('http://h', 'sometimes') });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('"confirm" must be one of "always", "terminal", "never"'),
    });
  });
});

const started = operationRecord([operationHost('h1')]);
const plan = planRecord({
  target: 'cluster:web',
  hosts: 4,
  batches: [['h1', 'h2', 'h3'], ['h4']],
  at_once: 3,
  down_at_once: 3,
});

/** A server with this plan, whatever is asked about. */
function planning(change: object): TestServer {
  const planned = { ...plan, ...change };
  const begun = json(started, { status: 201, headers: { location: '/api/v0/operation/op-1' } });
  return new TestServer({
    'POST /api/v0/operations': (request) => (request.path.endsWith('?plan=true') ? json(planned) : begun)(request),
    'GET /api/v0/operation/op-0/plan': json(planned),
    'GET /api/v0/operation/op-0': json({ ...started, parameters: { command: 'reboot' } }),
    'POST /api/v0/operation/op-0/retry': begun,
    'POST /api/v0/operation/op-0/rerun': begun,
    'PUT /api/v0/cluster/web/restart': begun,
    'PUT /api/v0/cluster/web/upgrade': begun,
    'PUT /api/v0/cluster/web/deploy': begun,
  });
}

const starts: [words: string[], request: string][] = [
  [['operation', 'start', 'restart', 'cluster:web'], 'POST /api/v0/operations'],
  [['operation', 'retry', 'op-0'], 'POST /api/v0/operation/op-0/retry'],
  [['operation', 'rerun', 'op-0'], 'POST /api/v0/operation/op-0/rerun'],
  [['cluster', 'restart', 'start', 'web'], 'PUT /api/v0/cluster/web/restart'],
  [['cluster', 'upgrade', 'start', 'web'], 'PUT /api/v0/cluster/web/upgrade'],
  [['cluster', 'deploy', 'start', 'web', '7'], 'PUT /api/v0/cluster/web/deploy'],
];

describe.each(starts)('%j on a terminal', (words, request) => {
  test('tells the numbers of the plan, and starts after a yes', async () => {
    using server = planning({});
    const { exitCode, screen } = await commctlOnTerminal(words, {
      endpoint: server.url,
      answers: { [question]: 'y\r' },
    });
    expect(screen.split('\r\n').slice(0, 2)).toEqual([
      'restart of 4 hosts of cluster:web: each one reboots',
      '3 of 4 hosts may be down at once, in 2 batches, without a gate',
    ]);
    expect({ exitCode, last: server.asked.at(-1) }).toEqual({ exitCode: 0, last: request });
  });

  test('starts nothing otherwise', async () => {
    using server = planning({});
    const { exitCode } = await commctlOnTerminal(words, { endpoint: server.url, answers: { [question]: '\r' } });
    expect(exitCode).toBe(130);
    expect(server.asked.filter((line) => line === request)).toEqual([]);
  });

  test('asks for no plan with --yes, nor without a terminal', async () => {
    using server = planning({});
    expect((await commctlOnTerminal([...words, '-y'], { endpoint: server.url })).exitCode).toBe(0);
    expect((await commctl(words, { endpoint: server.url })).exitCode).toBe(0);
    expect(server.asked).toEqual([request, request]);
  });
});

const gate = ['TCP port 443 open'];
const numbers: [change: object, asks: boolean][] = [
  [{ hosts: 1, down_at_once: 1 }, true],
  [{ hosts: 2, down_at_once: 1 }, false],
  [{ hosts: 4, down_at_once: 1 }, false],
  [{ hosts: 4, down_at_once: 2 }, true],
  [{ hosts: 4, down_at_once: 2, gates: gate }, false],
  [{ hosts: 4, down_at_once: 3, gates: gate }, true],
  [{ hosts: 100, down_at_once: 2 }, true],
  [{ kind: 'copy', hosts: 100, at_once: 100, down_at_once: 0 }, false],
];

test.each(numbers)('with the plan %j it is asked: %s', async (change, asks) => {
  using server = planning(change);
  const options = { endpoint: server.url, answers: { [question]: 'n\r' } };
  const { exitCode, screen } = await commctlOnTerminal(['cluster', 'restart', 'start', 'web'], options);
  expect({ exitCode, asked: screen.includes(question) }).toEqual({ exitCode: asks ? 130 : 0, asked: asks });
});

test('a server without plans starts it as before', async () => {
  using server = new TestServer({
    'PUT /api/v0/cluster/web/restart': json({ name: 'web' }),
    'POST /api/v0/operations': () => problem(404, {}),
  });
  const { exitCode } = await commctlOnTerminal(['cluster', 'restart', 'start', 'web'], { endpoint: server.url });
  expect(exitCode).toBe(0);
});

test.each(['sudo reboot', 'true'])('exec asks about what takes a host down: %s', async (command) => {
  using server = planning({ kind: 'exec', reboots: 'never' });
  const words = ['exec', 'cluster:web', '-o', 'json', '--', command];
  const { screen } = await commctlOnTerminal(words, { endpoint: server.url, answers: { [question]: 'n\r' } });
  expect(screen.includes(`exec of 4 hosts of cluster:web: ${command}\r\n3 of 4 hosts`)).toBe(command !== 'true');
  expect(server.asked.includes('POST /api/v0/operations')).toBe(command === 'true');
});

const commands: [command: string, isKnown: boolean][] = [
  ['reboot', true],
  ['/usr/sbin/shutdown -r now', true],
  ['sudo -n systemctl --no-block restart nginx', true],
  ['cd /srv && systemctl stop nginx', true],
  ["sh -c 'poweroff'", true],
  ['if test -e /x; then reboot; fi', true],
  ['init 6', true],
  ['service nginx restart', true],
  ['pkill java', true],
  ['uptime', false],
  ['last reboot', false],
  ['systemctl status reboot.target', false],
  ['systemctl is-active nginx', false],
  ['cat /var/run/reboot-required', false],
  ['reboot-notes --list', false],
  ['init --help', false],
];

test.each(commands)('that `%s` takes a host down is known: %s', (command, isKnown) => {
  expect(takesDown({ command })).toBe(isKnown ? command : undefined);
  expect(takesDown({ script: `#!/bin/sh\n${command}\n` })).toBe(isKnown ? 'a script' : undefined);
  expect(takesDown({ command, disrupts: false })).toBeUndefined();
  expect(takesDown({ command, disrupts: true })).toBe(command);
});
