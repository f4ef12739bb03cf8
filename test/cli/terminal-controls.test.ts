import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { commctlProgram } from '../../src/cli/commctl.ts';
import type { Command, Group } from '../../src/cli/declaration.ts';
import { formats } from '../../src/cli/formats.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { lookedAt } from './support/looked-at.ts';
import { allNasty, drawing, expectNoControls } from './support/nasty.ts';
import { hostRecord, operationHost, operationRecord } from './support/records.ts';
import { problem } from './support/server.ts';

/** Every text of a record with all that is nasty behind it, but its times and the id by which it is asked for. */
function tainted(value: unknown): unknown {
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT|^op-1$/.test(value) ? value : value + allNasty;
  if (Array.isArray(value)) return value.map(tainted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, tainted(member)]));
}

const at = '2026-01-02T03:04:05.000000';
const ended = { started_at: at, finished_at: at, output_bytes: 9, attempts: 1 };
const operation = operationRecord(
  [
    operationHost('192.0.2.11', { ...ended, state: 'succeeded', exit_code: 0 }),
    operationHost('192.0.2.12', { ...ended, state: 'failed', error: { code: 'x', message: `full ${allNasty}` } }),
  ],
  { finished_at: at, parameters: { [`free${allNasty}`]: 'x' } },
);
const limits = { clusters: ['web'], max_hosts: 3, permissions: ['host:read'] };

/** Has the members of every record, so that whatever is shown of one is there. */
const record = {
  ...hostRecord(),
  ...operation,
  error: 'error',
  facts: { [`kernel${allNasty}`]: '6.12' },
  labels: { [`rack${allNasty}`]: '3' },
  name: 'name',
  role: 'role',
  source: 'source',
  subjects: ['user:a'],
  permissions: ['host:read'],
  roles: [{ role: 'viewer', ...limits }],
  token: { id: 'id', kind: 'session', roles: [{ role: 'viewer', ...limits }] },
  method: 'httpbasicauth',
  clusters: ['web'],
  owner: 'owner',
  note: 'note',
  grants: [{ role: 'viewer', clusters: ['web'] }],
  lineage: ['id'],
  created_at: at,
  expires_at: at,
  ends_at: at,
  revoked_at: '',
  type: 'simple',
  value: 'two\nlines',
  address: '192.0.2.11',
  algorithm: 'ssh-ed25519',
  public_key: 'AAAA',
  fingerprint: 'SHA256:x',
  remote_user: 'root',
  port: 22,
  ssh_priv_key: 'eA==',
  proxy_jump: ['192.0.2.1'],
  host: { last_check: at, status: 'active', error: 'error' },
  container_manager: { name: 'x' },
  hostset: ['192.0.2.11'],
  network: 'default',
  in_process: ['192.0.2.11'],
  options: { address: 'x' },
  sequence: 1,
  at,
  action: 'created',
  key: 'key',
  data: { [`free${allNasty}`]: 'x' },
  who: 'who',
  peer: '127.0.0.1',
  result: 'refused',
  code: 'code',
  count: 2,
  down: [{ address: '192.0.2.11', why: 'why', operation: 'id' }],
  allowed: 1,
  max_down: 1,
};
const plan = {
  hosts: 1,
  batches: [['192.0.2.11']],
  at_once: 1,
  gates: ['gate'],
  window: { open: false, opens_at: 'later' },
  budgets: [{ name: 'name', hosts: 1, allowed: 1, down: 0 }],
  obstacles: ['obstacle'],
  max_failures: 1,
  max_unreachable: null,
  on_failure: 'stop',
};
const folded = [
  { hosts: '192.0.2.11', count: 1, state: 'succeeded', exit_code: 0, error: allNasty, output: allNasty },
  {
    hosts: '192.0.2.12',
    count: 1,
    state: 'failed',
    exit_code: null,
    error: allNasty,
    output: allNasty,
    truncated: true,
  },
];
const log = Buffer.concat([Buffer.from(allNasty), Buffer.from([0x0a, 0xff, 0x9b, 0x32, 0x4a, 0xe2, 0x80])]);

/** A server whose every word is nasty, under the routes that commctl asks. */
function answer({ method, url }: Request): Response {
  const { pathname, searchParams } = new URL(url);
  const path = decodeURIComponent(pathname).replace('/api/v0/', '');
  const object = (value: object) => Response.json(tainted(value), { status: method === 'POST' ? 201 : 200 });
  if (method === 'DELETE') return path.endsWith('hosts') ? object([]) : Response.json([]);
  if (path.endsWith('/log')) return new Response(log, { headers: { 'x-log-complete': 'true' } });
  if (path.endsWith('/plan') || searchParams.has('plan')) return object(plan);
  if (path.endsWith('/folded')) return Response.json(folded);
  // What ends the looking on has its own name.
  if (path.endsWith('/journal')) return Response.json([tainted(record), { ...record, type: 'operation_ended' }]);
  if (path.endsWith('/labels')) return Response.json(record.labels);
  if (path === 'events' && method === 'GET' && searchParams.get('follow') !== 'false') return eventStream();
  if (path === 'secrets/web/key' && method === 'GET') return secret();
  if (method === 'GET' && /^(clusters|networks|containermanagers)$|\/hosts$|^secrets\/.*\/$/.test(path)) {
    return object(['name', 'other']);
  }
  if (
    method === 'GET' &&
    /^(hosts|operations|events|audit|tokens|roles|rolebindings|budgets|backups|logs)$/.test(path)
  ) {
    return object([record]);
  }
  return object(record);
}

/** Whoever follows it is told of being cut off, and of an event. */
function eventStream(): Response {
  const cutOff = `event: cut_off\ndata: ${JSON.stringify({ reason: allNasty })}\n\n`;
  return new Response(`${cutOff}id: 1\nevent: host.created\ndata: ${JSON.stringify(tainted(record))}\n\n`, {
    headers: { 'content-type': 'text/event-stream' },
  });
}

function secret(): Response {
  return new Response(allNasty.toWellFormed(), { headers: { 'content-type': 'application/octet-stream' } });
}

function serve(fetch: (request: Request) => Response) {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => void server.stop(true).catch(() => {}) };
}

const directory = temporaryDirectory();
const file = (name: string) => join(directory.path, name);
afterAll(() => directory[Symbol.dispose]());
beforeAll(() => {
  writeFileSync(file('key'), Buffer.from(makeSshKey().privateFile, 'base64'));
  writeFileSync(file('word'), 'word');
  writeFileSync(file('script'), `# ${allNasty}`);
  writeFileSync(file('hosts.csv'), `address,key\n192.0.2.11,${file('key')}\n`);
  writeFileSync(file('wrong.csv'), `address,key\n192.0.2.11${allNasty.replaceAll(/[\n\r",]/g, '')},x\n`);
});

/** A line for every command that shows something of the server. */
const lines = [
  'host create 192.0.2.11 FILE/key',
  'host create --file FILE/hosts.csv',
  'host get 192.0.2.11',
  'host list',
  'host list web',
  'host delete 192.0.2.11',
  'host status 192.0.2.11',
  'host join 192.0.2.11 web',
  'host unjoin 192.0.2.11 web',
  'host creds 192.0.2.11 FILE/key',
  'host rename 192.0.2.11 web1',
  'host label 192.0.2.11 rack=3',
  'host key get 192.0.2.11',
  'host key accept 192.0.2.11 SHA256:x',
  'cluster create web',
  'cluster get web',
  'cluster list',
  'host join all web',
  'host unjoin all web',
  'cluster delete web',
  'cluster restart start web',
  'cluster restart status web',
  'cluster upgrade start web --dry-run',
  'cluster upgrade status web',
  'cluster deploy start web 1',
  'cluster deploy status web',
  'network create default',
  'network get default',
  'network list',
  'network delete default',
  'container_manager create name',
  'container_manager change name',
  'container_manager get name',
  'container_manager list',
  'container_manager delete name',
  'exec web -- true',
  'exec web --no-fold -- true',
  'exec web --plan --script FILE/script',
  'copy FILE/script web /x --wait',
  'operation start exec web --wait',
  'operation list',
  'operation get id',
  'operation watch id',
  'operation wait id',
  'operation log id --host 192.0.2.11',
  'operation log id --host 192.0.2.11 --follow',
  'operation journal id',
  'operation plan id',
  'operation folded id',
  'operation pause id',
  'operation resume id',
  'operation promote id',
  'operation cancel id',
  'operation skip id 192.0.2.11',
  'operation retry id --wait',
  'operation rerun id',
  'budget create name web --max-down 1',
  'budget get name',
  'budget list',
  'budget delete name',
  'role create name host:read',
  'role get name',
  'role list',
  'role delete name',
  'role-binding create name viewer user:a',
  'role-binding get name',
  'role-binding list',
  'role-binding delete name',
  'whoami',
  'explain host.status',
  'event list',
  'event wait host',
  'event post user',
  'login',
  'logout',
  'context list',
  'context show',
  'context use default',
  'context create lab https://lab.example.com',
  'context rename default lab',
  'context delete default',
  'token create --lifetime 60',
  'token list',
  'token get id',
  'token current',
  'token revoke id',
  'token revoke-all a',
  'secret create web/',
  'secret put web/key',
  'secret get web/key',
  'secret list web/',
  'secret delete web/key',
  'audit list',
  'backup create',
  'backup get b',
  'backup list',
  'backup delete b --yes',
  'backup schedule',
  'server info',
  'server status',
  'server logs',
  'user-data -e http://127.0.0.1 --no-token',
  'passhash --file FILE/word --rounds 4',
  'completion bash',
  'completion zsh',
  'completion fish',
  'completion words -- cluster re',
];

const wordsOf = (line: string) => line.replaceAll('FILE', directory.path).split(' ');

/** A machine's output, a secret and a file of one's own keep their tabs. */
const keepsTabs = /^(exec|operation log|secret get|user-data)/;

function expectHarmless({ stdout, stderr }: { stdout: string; stderr: string }, line: string): void {
  expectNoControls(stdout, keepsTabs.test(line) ? /\t/g : line.startsWith('operation watch') ? drawing : undefined);
  expectNoControls(stderr, drawing);
}

describe('nothing that a server says commands the terminal of who looks at it', () => {
  test.each(lines.flatMap((line) => ['', ...formats].map((format) => ({ line, format }))))(
    '$line -o $format',
    async ({ line, format }) => {
      using server = serve(answer);
      const form = format === '' || line.startsWith('user-data') ? [] : ['-o', format];
      const seen = await lookedAt([...form, ...wordsOf(line)], server.url);
      expectHarmless(seen, line);
      expect(seen.stdout + seen.stderr).not.toBe('');
    },
  );

  test.each(lines.filter((line) => !/^(logout|context|passhash|completion|user-data|explain)/.test(line)))(
    '%s, refused',
    async (line) => {
      using server = serve(() =>
        problem(418, { code: 'x', title: allNasty, detail: `refused: ${allNasty}`, hint: `hint: ${allNasty}` }),
      );
      const seen = await lookedAt(wordsOf(line), server.url);
      expectHarmless(seen, line);
      expect(seen.stderr).toContain('\\u202e');
    },
  );

  test.each([
    [[allNasty]],
    [['host', allNasty]],
    [['host', 'list', `--${allNasty}`]],
    [['host', 'list', '--filter', allNasty]],
    [['host', 'create', '192.0.2.11', `no\u202efile ${allNasty.replaceAll('\u0000', '')}`]],
    [['exec', 'web', '--env', allNasty, '--', 'true']],
    [['-o', allNasty, 'host', 'list']],
    [['--endpoint', allNasty, 'host', 'list']],
    [['help', 'host', 'list', allNasty]],
    [['secret', 'get', `${allNasty}/`]],
  ])('nor does what was typed, when it is wrong: %j', async (args) => {
    const seen = await lookedAt(args, 'http://127.0.0.1:1');
    expect(seen.exitCode).toBe(2);
    expectHarmless(seen, '');
    expect(seen.stderr).toContain('\\u202e');
  });

  test('nor a file that is wrong', async () => {
    const seen = await lookedAt(['host', 'create', '--file', file('wrong.csv')], 'http://127.0.0.1:1');
    expect(seen.exitCode).toBe(2);
    expectHarmless(seen, '');
  });

  test('every command is here', () => {
    const missing = commctlProgram('commctl')
      .commands.flatMap((entry) => pathsOf(entry))
      .filter((path) => !lines.some((line) => line === path || line.startsWith(`${path} `)));
    // The first is the machine's own terminal, and the second ends only with its connection: `event wait` follows as it does.
    // A backup is never written to a terminal.
    expect(missing.toSorted()).toEqual(['backup download', 'event watch', 'host ssh']);
  });
});

describe('with --raw it is as it is', () => {
  test.each([['operation log id --host 192.0.2.11 --raw'], ['operation log id --host 192.0.2.11 --follow --raw']])(
    '%s',
    async (line) => {
      using server = serve(answer);
      const { stdout } = await lookedAt(wordsOf(line), server.url);
      expect(stdout).toBe(new TextDecoder().decode(log).replace(/\ufffd$/, ''));
    },
  );

  test('secret get', async () => {
    using server = serve(answer);
    expect((await lookedAt(['secret', 'get', 'web/key', '--raw'], server.url)).stdout).toBe(allNasty.toWellFormed());
  });

  test.each([['exec web --raw -- true'], ['exec web --raw --no-fold -- true']])('%s', async (line) => {
    using server = serve(answer);
    expect((await lookedAt(wordsOf(line), server.url)).stdout).toContain('\u001b]52;c;');
  });

  test.each([['exec web --raw -o json -- true'], ['secret get web/key --raw -o yaml']])('but not: %s', async (line) => {
    using server = serve(answer);
    expect(await lookedAt(wordsOf(line), server.url)).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('what is shown is the same value', () => {
  // Half of a pair is no character, which YAML has no way to write.
  const text = allNasty.toWellFormed();
  const shown = { address: '192.0.2.11', labels: { 'k\u202e': text, long: `two\n\n${text.repeat(3)}\n lines ` } };

  test.each([
    ['json', JSON.parse],
    ['yaml', Bun.YAML.parse],
    ['yaml', parse],
  ])('%s', async (format, read: (text: string) => unknown) => {
    using server = serve(() => Response.json(shown));
    const { stdout } = await lookedAt(['host', 'get', '192.0.2.11', '-o', format], server.url);
    expectNoControls(stdout);
    expect(read(stdout)).toEqual(shown);
  });
});

function pathsOf<C>(entry: Command<C> | Group<C>): string[] {
  if (entry.kind === 'command') return [entry.name];
  return entry.commands.flatMap(pathsOf).map((path) => `${entry.name} ${path}`);
}
