import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl, type Ended } from './support/commctl.ts';
import { closedEndpoint, json, problem, type Received, TestServer } from './support/server.ts';

const keyText = '-----BEGIN OPENSSH PRIVATE KEY-----\n';
const otherKeyText = '-----BEGIN EC PRIVATE KEY-----\n';
const key = Buffer.from(keyText).toString('base64');
const otherKey = Buffer.from(otherKeyText).toString('base64');
const localUser = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
const hostKey = `SHA256:${'A'.repeat(43)}`;

/** The hosts of a file, sent to a server that knows the clusters and answers as told. */
async function create(
  { name = 'hosts.yaml', text, args = [] }: { name?: string; text: string; args?: string[] },
  answers: Readonly<Record<string, (received: Received) => Response>> = {},
): Promise<Ended & { sent: [address: string, body: unknown][] }> {
  using directory = temporaryDirectory();
  const inside = (path: string) => join(directory.path, path);
  mkdirSync(inside('keys'));
  writeFileSync(inside('key'), keyText);
  writeFileSync(inside('keys/other'), otherKeyText);
  writeFileSync(inside('key.pub'), 'ssh-ed25519 AAAA');
  writeFileSync(inside('wrong'), 'User\n');
  writeFileSync(inside('more'), 'Host h2\n  Port 2222\n');
  writeFileSync(inside(name), text.replaceAll('DIR', directory.path));
  const created = ({ path }: Received) =>
    Response.json({ address: new URL(path, 'http://x').pathname.split('/').at(-1) }, { status: 201 });
  const routes = addresses.map((address) => [`PUT /api/v0/host/${address}`, created] as const);
  using server = new TestServer({
    'GET /api/v0/clusters': json(['web', 'db']),
    ...Object.fromEntries(routes),
    ...answers,
  });
  const ended = await commctl(
    ['host', 'create', '--file', inside(name), ...args.map((arg) => (arg === 'KEY' ? inside('key') : arg))],
    {
      endpoint: server.url,
    },
  );
  const puts = server.received.filter(({ method }) => method === 'PUT');
  return {
    ...ended,
    stderr: ended.stderr.replaceAll(directory.path, 'DIR'),
    sent: puts.map(({ path, body }) => [path.replace('/api/v0/host/', '').replace('?details=true', ''), body]),
  };
}

const addresses = [
  'h1',
  'h2',
  'h3',
  'h4',
  '192.0.2.1',
  '192.0.2.2',
  '192.0.2.3',
  'jump.example.com',
  '2001%3Adb8%3A%3A7',
];
const withKey = ['--key', 'KEY'];

interface Case {
  title: string;
  name: string;
  text: string;
  args?: string[];
  sent: [address: string, body: object][];
  /** What is told of the file on stderr. */
  notes?: string[];
}

const cases: Case[] = [
  {
    title: 'a list in YAML',
    name: 'hosts.yaml',
    text: `- h[1-2]
- address: 192.0.2.1
  key: keys/other
  remote_user: admin
  port: 2222
  cluster: web
  proxy_jump: [h1, h2]
  host_key: ${hostKey}
  labels: {rack: 3}
- {address: '2001:DB8::7', port: '22'}
`,
    args: [...withKey, '--cluster', 'db', '--label', 'rack=1', '--remote-user', 'ops'],
    sent: [
      ['h1', { ssh_priv_key: key, remote_user: 'ops', cluster: 'db', labels: { rack: '1' } }],
      ['h2', { ssh_priv_key: key, remote_user: 'ops', cluster: 'db', labels: { rack: '1' } }],
      [
        '192.0.2.1',
        {
          ssh_priv_key: otherKey,
          remote_user: 'admin',
          port: 2222,
          cluster: 'web',
          proxy_jump: 'h1,h2',
          host_key: hostKey,
          labels: { rack: '3' },
        },
      ],
      ['2001%3Adb8%3A%3A7', { ssh_priv_key: key, remote_user: 'ops', port: 22, cluster: 'db', labels: { rack: '1' } }],
    ],
  },
  {
    title: 'a table, with quotes, empty fields and lines of Windows',
    name: 'hosts.csv',
    text: '\ufeffaddress,key,port,labels\r\nh1,keys/other,2222,"rack=3 note=a""b,c"\r\n\r\n"h2",key,,\r\nh3,key\r\n',
    sent: [
      ['h1', { ssh_priv_key: otherKey, port: 2222, labels: { rack: '3', note: 'a"b,c' } }],
      ['h2', { ssh_priv_key: key }],
      ['h3', { ssh_priv_key: key }],
    ],
  },
  {
    title: 'a configuration of ssh',
    name: 'config',
    text: `# mine
Host one
  HostName 192.0.2.1
  User=admin
Host two
  HostName 192.0.2.2
  Port 2222
  IdentityFile "keys/other"
  ProxyJump gate
Host gate
  HostName jump.example.com
Host * !gate
  User ops
`,
    args: withKey,
    sent: [
      ['192.0.2.1', { ssh_priv_key: key, remote_user: 'admin', name: 'one' }],
      ['jump.example.com', { ssh_priv_key: key, remote_user: localUser, name: 'gate' }],
      [
        '192.0.2.2',
        { ssh_priv_key: otherKey, remote_user: 'ops', port: 2222, proxy_jump: 'jump.example.com', name: 'two' },
      ],
    ],
  },
  {
    title: 'a configuration of ssh in a file that is called otherwise, with a key that is missing',
    name: 'hosts.ini',
    text: 'IdentityFile keys/missing\nIdentityFile keys/other\nHost h1 h1.example.com # by two names\n  HostName h1\n  ProxyCommand none\nHost *\n  ProxyJump h2\n',
    args: ['--format', 'ssh-config', '--remote-user', 'ops', '--proxy-jump', 'h3'],
    sent: [['h1', { ssh_priv_key: otherKey, remote_user: 'ops', proxy_jump: 'none', name: 'h1.example.com' }]],
    notes: ['3: note: of several private keys DIR/keys/other is used; not used: DIR/keys/missing'],
  },
];

describe('the hosts are those of', () => {
  test.each(cases)('$title', async ({ name, text, args = [], sent, notes = [] }) => {
    const ended = await create({ name, text, args });
    expect({ sent: ended.sent, stderr: ended.stderr, exitCode: ended.exitCode }).toEqual({
      sent,
      stderr: notes.map((note) => `DIR/${name}:${note}\n`).join(''),
      exitCode: 0,
    });
    const results: unknown = parse(ended.stdout);
    expect(results).toEqual(
      sent.map(([address, body]) => ({
        address: decodeURIComponent(address),
        ...('name' in body ? { name: body.name } : {}),
        line: expect.any(Number),
        result: 'registered',
      })),
    );
  });
});

interface Mistake {
  name: string;
  text: string;
  faults: string[];
}

const mistakes: Mistake[] = [
  {
    name: 'hosts.yaml',
    text: `- h1
- address: h_1 h2
- address: h2
  prt: 22
- {address: h2, port: 70000}
- {address: h2, key: key.pub}
- {address: h2, key: missing}
- {address: h2, cluster: a b}
- {address: h2, host_key: SHA256:short}
- {address: h2, remote_user: "-x"}
- {address: h2, proxy_jump: "admin@h3"}
- {address: h2, labels: [a]}
- 7
- h[1-3]
- {address: h4, cluster: web}
`,
    faults: [
      '2: "h_1 h2" is neither an address nor a node set',
      '3: "prt" is no member of a host, did you mean "port"?',
      '5: "70000" is no port',
      '6: DIR/key.pub holds no private key',
      '7: cannot read the private key file DIR/missing: there is no such file or directory',
      '8: "a b" is not a name',
      '9: "SHA256:short" is no host_key',
      '10: "-x" is no remote_user',
      '11: "admin@h3" is not an IPv4 or IPv6 address or a DNS name',
      '12: labels must be an object',
      '13: there is no address',
      '14: h1 stands in line 1 already',
    ],
  },
  {
    name: 'hosts.yaml',
    text: '- {address: h1, cluster: web}\n- {address: h2, cluster: wbe}\n',
    faults: ['2: there is no cluster "wbe"'],
  },
  { name: 'hosts.yaml', text: '- h1\n- [h2\n', faults: ['3: '] },
  {
    name: 'hosts.csv',
    text: 'address,port\nh1,22,web\n"h\n2",22\n',
    faults: ['2: 3 fields, but the first line names 2 columns', '3: "h\\n2" is neither an address nor a node set'],
  },
];

describe('when something is wrong nothing is sent, and every fault is told', () => {
  test.each(mistakes)('$name $text', async ({ name, text, faults }) => {
    const { sent, exitCode, stdout, stderr } = await create({ name, text, args: withKey });
    expect({ sent, exitCode, stdout }).toEqual({ sent: [], exitCode: 2, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines.at(-1)).toBe(`commctl: nothing was sent: correct the faults of DIR/${name}`);
    const told = lines.slice(0, -1);
    expect(told.map((line, index) => line.slice(0, `DIR/${name}:${faults[index] ?? ''}`.length))).toEqual(
      faults.map((fault) => `DIR/${name}:${fault}`),
    );
  });

  test('a host without a key', async () => {
    const { sent, stderr } = await create({ text: '- h1\n' });
    expect(sent).toEqual([]);
    expect(stderr).toMatch(/^DIR\/hosts\.yaml:1: there is no private key: add the member "key", or give --key FILE\n/);
  });

  test('a file without hosts', async () => {
    expect(await create({ text: '[]' })).toMatchObject({
      exitCode: 2,
      stderr: 'commctl: there is no host in DIR/hosts.yaml\n',
    });
  });
});

describe('each has its result', () => {
  test('also when some are refused', async () => {
    const refused = () => problem(409, { code: 'key_differs', detail: 'h2 has another key' });
    const ended = await create({ text: '- h1\n- h2\n- h3\n', args: withKey }, { 'PUT /api/v0/host/h2': refused });
    expect(ended).toMatchObject({
      exitCode: 1,
      stderr: 'commctl: h2: h2 has another key\n',
      stdout:
        '- address: h1\n  line: 1\n  result: registered\n- address: h2\n  error: h2 has another key\n  line: 2\n  result: refused\n- address: h3\n  line: 3\n  result: registered\n',
    });
  });

  test('with the file, where another one is included', async () => {
    const text = 'Host h1\nMatch all\n  Include DIR/more\n';
    const ended = await create({ name: 'config', text, args: [...withKey, '-o', 'table'] });
    expect({
      ...ended,
      stdout: ended.stdout.replaceAll(/\S*\/more/g, 'DIR/more').replaceAll(/ +/g, ' '),
    }).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: 'ADDRESS LINE RESULT ERROR\nh1 1 registered\nh2 DIR/more:1 registered\n2 registered\n',
    });
    expect(ended.sent[1]).toEqual(['h2', { ssh_priv_key: key, remote_user: localUser, port: 2222 }]);
  });

  test('of many those that were taken are folded, and the others have a line each', async () => {
    const refused = () => problem(409, { code: 'key_differs', detail: 'h7 has another key' });
    const text = Array.from({ length: 12 }, (_, index) => `- h${index + 1}\n`).join('');
    const args = [...withKey, '-o', 'table'];
    const taken = Array.from({ length: 12 }, (_, index) => [
      `PUT /api/v0/host/h${index + 1}`,
      () => Response.json({ address: `h${index + 1}` }, { status: 201 }),
    ]);
    const answers = { ...Object.fromEntries(taken), 'PUT /api/v0/host/h7': refused };
    expect(await create({ text, args }, answers)).toMatchObject({
      exitCode: 1,
      stdout: `\
COUNT  RESULT      HOSTS
11     registered  h[1-6,8-12]

ADDRESS  LINE  RESULT   ERROR
h7       7     refused  h7 has another key
`,
    });
  });

  test('a fault of an included file stops everything', async () => {
    const text = 'Compression yes\nHost h1\n  Include DIR/wrong\n  Prt 1\n';
    const ended = await create({ name: 'config', text, args: withKey });
    expect({ sent: ended.sent, stderr: ended.stderr }).toEqual({
      sent: [],
      stderr:
        'DIR/config:1: note: not used: Compression (line 1)\nDIR/config:4: "Prt" is no keyword of ssh_config(5)\nDIR/wrong:1: User has no value\ncommctl: nothing was sent: correct the faults of DIR/config\n',
    });
  });

  test('also when there is no server', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'hosts.yaml');
    writeFileSync(path, '- h1\n- h2\n');
    writeFileSync(join(directory.path, 'key'), keyText);
    const args = ['-o', 'table', 'host', 'create', '-f', path, '--key', join(directory.path, 'key')];
    const { exitCode, stdout } = await commctl(args, { endpoint: closedEndpoint() });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 5,
      stdout: 'ADDRESS  LINE  RESULT    ERROR\nh1       1     not sent\nh2       2     not sent\n2 not sent\n',
    });
  });

  test('--dry-run shows what would be sent', async () => {
    const ended = await create({ text: '- {address: h1, cluster: web}\n- h2\n', args: [...withKey, '--dry-run'] });
    expect(ended).toEqual({
      exitCode: 0,
      stderr: '',
      stdout:
        "- body:\n    cluster: web\n    ssh_priv_key: '***'\n  method: PUT\n  path: /api/v0/host/h1?details=true\n- body:\n    ssh_priv_key: '***'\n  method: PUT\n  path: /api/v0/host/h2?details=true\n",
      sent: [],
    });
  });
});

describe('mistakes on the command line', () => {
  const lines: [args: string[], stderr: string][] = [
    [[], "missing required argument 'address'\nhint: give ADDRESS and SSH-PRIV-KEY, or --file"],
    [['h1'], "missing required argument 'ssh-priv-key'\nhint: give ADDRESS and SSH-PRIV-KEY, or --file"],
    [['-f', 'hosts.yaml', 'h1'], 'an address and --file do not go together'],
    [['--key', 'k', 'h1', 'k'], '--key is for --file FILE'],
    [['--format', 'csv', 'h1', 'k'], '--format is for --file FILE'],
    [['-f', '-', '--key', '-'], 'stdin cannot be both the hosts and their key'],
    [
      ['-f', 'hosts.yaml', '--host-key', 'SHA256:x'],
      '--host-key and --file do not go together\nhint: write host_key of each host into the file',
    ],
    [
      ['-f', '/nonexistent/hosts.csv'],
      'cannot read the hosts in /nonexistent/hosts.csv: there is no such file or directory',
    ],
  ];

  test.each(lines)('%j', async (args, stderr) => {
    expect(await commctl(['host', 'create', ...args])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `commctl: ${stderr}\n`,
    });
  });
});
