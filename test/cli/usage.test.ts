import { describe, expect, test } from 'vitest';
import { version } from '../../src/lib/version.ts';
import { commctl } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

describe('mistakes on the command line say what to do and exit with 2', () => {
  const cases = [
    {
      args: ['hst', 'list'],
      stderr: "commctl: unknown command 'hst'\n(Did you mean host?)\nhint: see `commissaire ctl --help`\n",
    },
    {
      args: ['host', 'creat'],
      stderr: "commctl: unknown command 'creat'\n(Did you mean create?)\nhint: see `commissaire ctl host --help`\n",
    },
    {
      args: ['host', 'get'],
      stderr: "commctl: missing required argument 'address'\nhint: see `commissaire ctl host get --help`\n",
    },
    {
      args: ['cluster', 'restart', 'start', '--bach', '2', 'web'],
      stderr:
        "commctl: unknown option '--bach'\n(Did you mean --batch?)\nhint: see `commissaire ctl cluster restart start --help`\n",
    },
    // What has no place on the line may be a secret that was typed where none belongs.
    {
      args: ['cluster', 'restart', 'start', '--bach=hidden', 'web'],
      stderr: "commctl: unknown option '--bach'\nhint: see `commissaire ctl cluster restart start --help`\n",
    },
    {
      args: ['host', 'get', '-phidden\n(Did you mean it?)'],
      stderr: "commctl: unknown option '-p'\nhint: see `commissaire ctl host get --help`\n",
    },
    {
      args: ['host', 'get', '192.0.2.11', 'hidden\nwords'],
      stderr:
        "commctl: too many arguments for 'get'. Expected 1 argument but got 2.\nhint: see `commissaire ctl host get --help`\n",
    },
    {
      args: ['cluster', 'restart', 'start', '--batch', '0', 'web'],
      stderr:
        'commctl: --batch: "0" is no number of hosts\nhint: give a count such as 5, or a percentage such as 10%\n',
    },
    {
      args: ['-o', 'xml', 'host', 'list'],
      stderr:
        "commctl: option '-o, --output <FORMAT>' argument 'xml' is invalid. Allowed choices are yaml, json, table, wide, name, jsonpath=….\nhint: see `commissaire ctl --help`\n",
    },
    {
      args: ['budget', 'create', 'web', 'cluster:web'],
      stderr:
        "commctl: required option '--max-down <N|N%>' not specified\nhint: see `commissaire ctl budget create --help`\n",
    },
    {
      args: ['host', 'create', '192.0.2.11', '/nonexistent/key'],
      stderr:
        'commctl: cannot read the private key file /nonexistent/key: there is no such file or directory\nhint: give a file that you can read, or - for stdin\n',
    },
    {
      args: ['host', 'create', '192.0.2.11', '-'],
      stderr: 'commctl: there is no private key on stdin\n',
    },
  ];

  test.each(cases)('$args', async ({ args, stderr }) => {
    expect(await commctl(args)).toEqual({ exitCode: 2, stdout: '', stderr });
  });
});

test.each([[[]], [['host']], [['cluster', 'deploy']]])('%j stops too early: help on stderr, exit 2', async (args) => {
  const { exitCode, stdout, stderr } = await commctl(args);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(`Usage: ${['commissaire ctl', ...args].join(' ')} [options] [command]`);
});

test('the help of an option with a long name is wrapped too', async () => {
  const { stdout } = await commctl(['serve', '--help'], { program: [] });
  // A line may be one long word, such as the name of a variable.
  const [, options = ''] = /\nOptions:\n(.*?)\n\n/s.exec(stdout) ?? [];
  expect(options).toContain('--max-connections-per-address <N>');
  expect(options.split('\n').filter((line) => line.length > 80 && !/^ +\S+$/.test(line))).toEqual([]);
});

test.each([[[]], [['host']], [['host', 'key', 'get']]])('%j answers --help and --version', async (args) => {
  const help = await commctl([...args, '--help']);
  expect(help).toMatchObject({ exitCode: 0, stderr: '' });
  expect(help.stdout).toContain(`Usage: ${['commissaire ctl', ...args].join(' ')} [options]`);
  expect(await commctl([...args, '--version'])).toEqual({ exitCode: 0, stdout: `commctl ${version}\n`, stderr: '' });
});

test.each([[['exec']], [['host']], [['cluster', 'restart', 'start']]])(
  'help %j is the same as --help',
  async (args) => {
    const help = await commctl(['help', ...args]);
    expect(help).toEqual(await commctl([...args, '--help']));
    expect(help).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('\nExamples:\n  commctl '), stderr: '' });
  },
);

test('help host delete h1: there is no such command, and none is run', async () => {
  expect(await commctl(['help', 'host', 'delete', 'h1'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: "commctl: there is no command 'host delete h1'\nhint: see `commissaire ctl --help`\n",
  });
});

test.each([
  ['help hst', 'hst', 'host', 'commissaire ctl'],
  ['hst --help', 'hst', 'host', 'commissaire ctl'],
  ['help host creat', 'creat', 'create', 'commissaire ctl host'],
  ['host creat --help', 'creat', 'create', 'commissaire ctl host'],
  ['host creat -h -o json', 'creat', 'create', 'commissaire ctl host'],
  ['-o json host key acept x --help', 'acept', 'accept', 'commissaire ctl host key'],
])('%s: no help there, but the nearest command', async (line, word, nearest, group) => {
  expect(await commctl(line.split(' '))).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `commctl: unknown command '${word}'\n(Did you mean ${nearest}?)\nhint: see \`${group} --help\`\n`,
  });
});

test.each(['host --help creat', '--help hst', 'host create --help x'])(
  '%s asks for the help before it',
  async (line) => {
    expect(await commctl(line.split(' '))).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Usage: ') });
  },
);

describe('global options', () => {
  test.each([
    [['-o', 'json', 'cluster', 'list']],
    [['cluster', '-o', 'json', 'list']],
    [['cluster', 'list', '-o', 'json']],
    [['-o', 'yaml', 'cluster', 'list', '--output', 'json']],
  ])('%j', async (args) => {
    using server = new TestServer({ 'GET /api/v0/clusters': json(['web']) });
    expect(await commctl(args, { endpoint: server.url })).toEqual({
      exitCode: 0,
      stdout: '[\n  "web"\n]\n',
      stderr: '',
    });
  });

  test('-c is the file before the command and the cluster behind host create', async () => {
    using server = new TestServer({ 'PUT /api/v0/host/192.0.2.11': json({ address: '192.0.2.11' }, { status: 201 }) });
    const args = ['-c', 'missing.json', 'host', 'create', '-c', 'web', '192.0.2.11', '-'];
    const missing = await commctl(args, { stdin: 'key' });
    expect(missing).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'commctl: there is no configuration file missing.json\n',
    });
    await commctl(args.slice(2), { endpoint: server.url, stdin: 'key' });
    expect(server.received[0]?.body).toEqual({ ssh_priv_key: 'a2V5', cluster: 'web' });
  });
});

test('the server program is another one', async () => {
  const { exitCode, stdout } = await commctl(['--help'], { program: [] });
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: expect.stringContaining('Usage: commissaire [options]'),
  });
});

test('serve takes its flags from the table of server options', async () => {
  const { exitCode, stdout } = await commctl(['--help'], { program: ['serve'] });
  expect(exitCode).toBe(0);
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(/-p, --listen-port <PORT> .*default 8000, \$COMMISSAIRE_LISTEN_PORT/);
});

test('a mistake in a value of serve exits with 2 and says where it is', async () => {
  const { exitCode, stderr } = await commctl(['--listen-port', 'x', '--no-config-file'], { program: ['serve'] });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^commissaire: --listen-port: .*\nhint: .*\n$/);
});

test('nobody reading the output is no error', async () => {
  const addresses = Array.from({ length: 50_000 }, (_, index) => `host-${index}.example.com`);
  using server = new TestServer({ 'GET /api/v0/clusters': json(addresses) });
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const options = `--endpoint ${server.url} -c /dev/stdin`;
  const script = `echo '{"username":"a","password":"b"}' | ${process.execPath} ${main} ctl ${options} cluster list | head -n 1; echo "\${PIPESTATUS[@]}"`;
  const child = Bun.spawn(['bash', '-c', script], { stdout: 'pipe', stderr: 'pipe' });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect({ stdout, stderr }).toEqual({ stdout: 'host-0.example.com\n0 0 0\n', stderr: '' });
});
