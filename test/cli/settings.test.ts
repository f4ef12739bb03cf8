import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

const answers = { 'GET /api/v0/clusters': json(['web']) };
const list = ['cluster', 'list'];

function authorization(server: TestServer): string {
  const [, value = ''] = server.received[0]?.headers.get('authorization')?.split(' ') ?? [];
  return Buffer.from(value, 'base64').toString('utf8');
}

describe('where the configuration comes from', () => {
  test('-c before $COMMCTL_CONFIG before the home directory', async () => {
    using server = new TestServer(answers);
    using directory = temporaryDirectory();
    const file = (username: string) => {
      const path = join(directory.path, `${username}.json`);
      writeFileSync(path, JSON.stringify({ endpoint: server.url, username, password: 'p' }), { mode: 0o600 });
      return path;
    };
    const environment = { COMMCTL_CONFIG: file('environment') };
    const endpoint = server.url;
    await commctl(['-c', file('flag'), ...list], { endpoint, environment });
    expect(authorization(server)).toBe('flag:p');
    server.received.length = 0;
    await commctl(list, { endpoint, environment });
    expect(authorization(server)).toBe('environment:p');
    server.received.length = 0;
    await commctl(list, { endpoint });
    expect(authorization(server)).toBe('a:b');
  });

  test('--endpoint overrides the file', async () => {
    using server = new TestServer(answers);
    const { exitCode } = await commctl(['--endpoint', `${server.url}/`, ...list], { endpoint: 'http://192.0.2.1' });
    expect(exitCode).toBe(0);
    expect(server.asked).toEqual(['GET /api/v0/clusters']);
  });

  test('--endpoint before $COMMCTL_ENDPOINT before the file; the variable may have several', async () => {
    using server = new TestServer(answers);
    const endpoint = 'http://192.0.2.1';
    const environment = { COMMCTL_ENDPOINT: `http://127.0.0.1:1, ${server.url}` };
    expect((await commctl(list, { endpoint, environment })).exitCode).toBe(0);
    expect(server.asked).toEqual(['GET /api/v0/clusters']);
    await commctl(['--endpoint', server.url, ...list], { environment: { COMMCTL_ENDPOINT: endpoint } });
    expect(server.asked).toHaveLength(2);
  });

  test('$COMMCTL_TOKEN before the token of the file, and both before a user and a session', async () => {
    using server = new TestServer(answers);
    using directory = temporaryDirectory();
    const path = join(directory.path, 'token.json');
    writeFileSync(path, JSON.stringify({ endpoint: server.url, token: 'of.the-file' }), { mode: 0o600 });
    const sent = () => server.received.splice(0).map(({ headers }) => headers.get('authorization'));
    expect((await commctl(['-c', path, ...list])).exitCode).toBe(0);
    expect(sent()).toEqual(['Bearer of.the-file']);
    await commctl(['-c', path, ...list], { environment: { COMMCTL_TOKEN: 'of.the-environment' } });
    expect(sent()).toEqual(['Bearer of.the-environment']);
    await commctl(list, { endpoint: server.url, environment: { COMMCTL_TOKEN: 'instead.of-a-user' } });
    expect(sent()).toEqual(['Bearer instead.of-a-user']);
    const login = await commctl(['login'], { endpoint: server.url, environment: { COMMCTL_TOKEN: 'x' } });
    expect(login).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('unset COMMCTL_TOKEN') });
    expect(server.received).toEqual([]);
  });

  test('others can read the token: a warning that names it', async () => {
    using server = new TestServer(answers);
    using directory = temporaryDirectory();
    const path = join(directory.path, 'open.json');
    writeFileSync(path, JSON.stringify({ endpoint: server.url, token: 'x' }), { mode: 0o644 });
    expect((await commctl(['-c', path, ...list])).stderr).toContain('holds a token and others can read it');
  });

  test('others can read the password: a warning, and on it goes', async () => {
    using server = new TestServer(answers);
    using directory = temporaryDirectory();
    const path = join(directory.path, 'open.json');
    writeFileSync(path, JSON.stringify({ endpoint: server.url, username: 'a', password: 'b' }));
    chmodSync(path, 0o644);
    expect(await commctl(['-c', path, ...list])).toEqual({
      exitCode: 0,
      stdout: 'web\n',
      stderr: `warning: ${path} holds a password and others can read it; run \`chmod 600 ${path}\`\n`,
    });
  });
});

describe('what is wrong with it is named', () => {
  const cases = [
    { file: '{"endpoint": "http://127.0.0.1",\n "username" "a"}', stderr: 'commctl: FILE:2:13: not JSON\n' },
    {
      file: '{"endpoint": "http://127.0.0.1", "token": "t", "username": "a"}',
      stderr: 'commctl: FILE: "token" and "username" are two ways to log in; leave one of them out\n',
    },
    {
      file: '{"endpoint": "http://127.0.0.1", "token": "secret with spaces"}',
      stderr:
        'commctl: FILE: "token" is not a token\nhint: give what `commctl token create --lifetime 3600` printed, and nothing else\n',
    },
    { file: '[]', stderr: 'commctl: FILE: the configuration must be one JSON object\n' },
    { file: '{"endpoint": 7}', stderr: 'commctl: FILE: "endpoint" must be a URL or an array of URLs\n' },
    { file: '{"username": true}', stderr: 'commctl: FILE: "username" must be a string\n' },
    {
      file: '{"endpoit": "http://127.0.0.1"}',
      stderr: 'commctl: FILE: "endpoit" is not a member of the configuration\nhint: did you mean "endpoint"?\n',
    },
    { file: '{"kubeconfig": {}}', stderr: 'commctl: FILE: "kubeconfig" must be a string\n' },
    {
      file: '{"username": "a", "password": "b"}',
      stderr: 'commctl: no endpoint is configured\nhint: add the member "endpoint" to FILE or give --endpoint\n',
    },
    {
      file: '{"endpoint": "http://127.0.0.1", "username": "a"}',
      stderr:
        'commctl: no password is configured\nhint: add the member "password" to FILE, or log in with `commctl login`\n',
    },
    {
      file: '{"endpoint": "jump:8000", "username": "a", "password": "b"}',
      stderr: 'commctl: the endpoint "jump:8000" is not a URL\nhint: give one such as https://jump.example.com\n',
    },
    {
      file: '{"endpoint": "unix:run/x.sock", "username": "a", "password": "b"}',
      stderr:
        'commctl: the endpoint "unix:run/x.sock" names no Unix socket\nhint: give its absolute path, as in unix:/var/lib/commissaire/commissaire.sock\n',
    },
    {
      file: '{"endpoint": "http://a:b@jump", "username": "a", "password": "b"}',
      stderr:
        'commctl: the endpoint for jump holds credentials\nhint: give them as "username" and "password" in the configuration file\n',
    },
    {
      file: '{"endpoint": "https://127.0.0.1", "username": "a", "password": "b", "fingerprint": "AB:CD"}',
      stderr:
        'commctl: "fingerprint": "AB:CD" is not the SHA-256 of a certificate\nhint: give what `openssl x509 -in server.pem -noout -fingerprint -sha256` prints\n',
    },
    {
      file: JSON.stringify({
        endpoint: 'http://127.0.0.1',
        username: 'a',
        password: 'b',
        fingerprint: 'ab'.repeat(32),
      }),
      stderr: 'commctl: "fingerprint" is of a certificate, but http://127.0.0.1 is not https\n',
    },
    {
      file: '{"endpoint": "https://127.0.0.1", "username": "a", "password": "b", "certificate_authority": "/nowhere.pem"}',
      stderr: 'commctl: "certificate_authority": cannot read /nowhere.pem: there is no such file or directory\n',
    },
    {
      file: '{"endpoint": "https://127.0.0.1", "client_certificate": "/dev/null"}',
      stderr: 'commctl: "client_certificate": /dev/null is not the PEM file that belongs here\n',
    },
    {
      file: '{"endpoint": "http://127.0.0.1", "username": "a:b", "password": "b"}',
      stderr: 'commctl: the user name "a:b" has a colon, which HTTP basic authentication cannot carry\n',
    },
  ];

  test.each(cases)('$file', async ({ file, stderr }) => {
    const ended = await commctl(list, { file });
    const named = ended.stderr.replace(/\S*\/\.commissaire\.json/g, 'FILE');
    expect({ ...ended, stderr: named }).toEqual({ exitCode: 2, stdout: '', stderr });
  });

  test('a file that cannot be read', async () => {
    using directory = temporaryDirectory();
    expect(await commctl(['-c', directory.path, ...list])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `commctl: cannot read the configuration ${directory.path}: it is a directory\n`,
    });
  });
});

describe('a Unix socket needs no credentials', () => {
  test.each([
    ['named in the file', (socket: string) => ({ file: JSON.stringify({ endpoint: `unix:${socket}` }), args: list })],
    ['named by --endpoint', (socket: string) => ({ file: null, args: ['--endpoint', `unix:${socket}`, ...list] })],
    [
      'of the data directory, when nothing is configured',
      (socket: string) => ({ file: null, args: list, environment: { COMMISSAIRE_DATA_DIR: dirname(socket) } }),
    ],
    [
      'behind a server that cannot be reached',
      (socket: string) => ({
        file: JSON.stringify({ endpoint: ['unix:/nowhere.sock', `unix:${socket}`] }),
        args: list,
      }),
    ],
  ])('%s', async (_, invocation) => {
    using directory = temporaryDirectory();
    const socket = join(directory.path, 'commissaire.sock');
    using server = new TestServer(answers, { unix: socket });
    const { args, ...rest } = invocation(socket);
    expect(await commctl(args, rest)).toMatchObject({ exitCode: 0, stdout: 'web\n' });
    expect(server.received.map(({ headers }) => headers.get('authorization'))).toEqual([null]);
  });

  test('but what the file says comes first', async () => {
    using directory = temporaryDirectory();
    using _socket = new TestServer(answers, { unix: join(directory.path, 'commissaire.sock') });
    using server = new TestServer(answers);
    await commctl(list, { endpoint: server.url, environment: { COMMISSAIRE_DATA_DIR: directory.path } });
    expect(server.asked).toEqual(['GET /api/v0/clusters']);
  });

  test('and a credential that is given is sent', async () => {
    using directory = temporaryDirectory();
    const unix = join(directory.path, 'a.sock');
    using server = new TestServer(answers, { unix });
    await commctl(list, { endpoint: `unix:${unix}` });
    expect(authorization(server)).toBe('a:b');
  });

  test('one that nobody listens at is no server', async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, 'commissaire.sock'), '');
    const environment = { COMMISSAIRE_DATA_DIR: directory.path };
    const ended = await commctl(list, { file: null, environment });
    expect(ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no endpoint is configured') });
  });
});

test('a site whose server does not run is said not to run, also on a terminal', async () => {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, 'commissaire.conf'), '{}');
  const environment = { COMMISSAIRE_DATA_DIR: directory.path };
  const message = `the server of the data directory ${directory.path} is not running`;
  const ended = await commctl(list, { file: null, environment });
  expect(ended).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `commctl: ${message}\nhint: start it with \`commissaire serve\`, or name another server with --endpoint\n`,
  });
  const { exitCode, screen } = await commctlOnTerminal(list, { file: null, environment });
  expect({ exitCode, screen: screen.replaceAll(/\s+/g, ' ') }).toEqual({
    exitCode: 2,
    screen: expect.stringContaining('is not running'),
  });
});

describe('on a terminal the rest is asked for', () => {
  test('and the password does not show', async () => {
    using server = new TestServer(answers);
    const answersTyped = { 'Endpoint: ': `${server.url}\r`, 'Username: ': 'joe\r', 'Password: ': 'secret\r' };
    const { exitCode, screen } = await commctlOnTerminal(list, { file: null, answers: answersTyped });
    expect(exitCode).toBe(0);
    expect(authorization(server)).toBe('joe:secret');
    expect(screen).not.toContain('secret');
    expect(screen).toMatch(/Password: \r\nweb\r\n$/);
  });

  test('and Ctrl-C there ends it', async () => {
    const file = JSON.stringify({ endpoint: 'http://127.0.0.1', username: 'a' });
    const { exitCode, screen } = await commctlOnTerminal(list, { file, answers: { 'Password: ': '\x03' } });
    expect({ exitCode, screen }).toEqual({ exitCode: 130, screen: 'Password: \r\n' });
  });
});
