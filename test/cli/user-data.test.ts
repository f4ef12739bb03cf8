import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl, commctlOnTerminal, type Invocation } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';
import { Instance } from './user-data/support.ts';

const handler = readFileSync(new URL('../../src/cli/user-data/part-handler.py', import.meta.url), 'utf8');
const endpoint = 'https://jump.example.com:8000/';
const digits = '0123456789abcdef'.repeat(4);

/** The handler alone is larger than what EC2 takes. */
const size = /commctl: warning: the file has [0-9,]+ bytes, more than EC2 takes .*, which cloud-init reads, too\n$/;

interface Part {
  type: string;
  name: string;
  text: string;
}

/** What Python's own parser, which is the one of cloud-init, finds in the file. */
function parsed(file: string): Part[] {
  const program = [
    'import email, json, sys',
    'message = email.message_from_string(sys.stdin.read())',
    'assert message.get_content_type() == "multipart/mixed" and message["MIME-Version"] == "1.0"',
    'assert not message.defects',
    'print(json.dumps([{"type": p.get_content_type(), "name": p.get_filename(),',
    '  "text": p.get_payload(decode=True).decode(p.get_content_charset())} for p in message.get_payload()]))',
  ].join('\n');
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input: file, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

/** The part that says what to register. */
function registrationIn(file: string): unknown {
  return JSON.parse(parsed(file).at(-1)?.text ?? '');
}

async function made(words: string[], invocation: Invocation = {}) {
  const { exitCode, stdout, stderr } = await commctl(['user-data', '-e', endpoint, ...words], invocation);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining('commctl: ')]);
  return { file: stdout, stderr };
}

test('the file has a cloud-config, then the handler, then what it handles', async () => {
  const { file } = await made([], { file: null });
  expect(parsed(file)).toEqual([
    { type: 'text/cloud-config', name: 'cloud-init.txt', text: expect.stringMatching(/^#cloud-config\n/) },
    { type: 'text/part-handler', name: 'part-handler.py', text: handler },
    { type: 'text/x-commissaire-host', name: 'commissaire-host.json', text: expect.any(String) },
  ]);
  expect(registrationIn(file)).toEqual({
    endpoint,
    remote_user: 'root',
    ssh_key_path: '/root/.ssh/id_rsa',
    authorized_keys_path: '/root/.ssh/authorized_keys',
    deadline: 300,
  });
});

test('what is given is in it, the password only when asked for', async () => {
  const words = ['-c', 'web', '-u', 'ops', '-p', '-r', 'cirrus', '-f', digits.toUpperCase().replace(/..(?=.)/g, '$&:')];
  const { file, stderr } = await made([...words, '--address', '192.0.2.7', '--deadline', '60'], { stdin: 'pä:ss\n' });
  expect(registrationIn(file)).toEqual({
    endpoint,
    username: 'ops',
    password: 'pä:ss',
    cluster: 'web',
    address: '192.0.2.7',
    remote_user: 'cirrus',
    ssh_key_path: '~/.ssh/id_rsa',
    authorized_keys_path: '~/.ssh/authorized_keys',
    fingerprint: digits,
    deadline: 60,
  });
  expect(stderr.replace(size, '')).toBe(
    'commctl: warning: the file holds the password of ops in clear, and so does every machine made with it\n',
  );
  const { file: other } = await made(['-s', '/srv/key', '-a', '/srv/keys', '-f', `sha256 Fingerprint=${digits}`]);
  expect(registrationIn(other)).toMatchObject({
    ssh_key_path: '/srv/key',
    authorized_keys_path: '/srv/keys',
    fingerprint: digits,
  });
});

describe('for a cluster', () => {
  const password = 'of the tests';

  test('the file holds a registration token, with which a machine registers itself', async () => {
    await using server = await startServer();
    await server.request('PUT', '/api/v0/cluster/web', {});
    const file = JSON.stringify({ username: 'tester', password });
    const words = ['-c', 'web', '--max-hosts', '1', '--lifetime', '60', '--endpoint', server.url];
    const { exitCode, stdout, stderr } = await commctl(['user-data', ...words], { file });
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain(Buffer.from(password).toString('base64'));
    const { token, ...others } = registrationIn(stdout) as { token: string };
    expect(others).toMatchObject({ cluster: 'web', endpoint: server.url });
    expect(others).not.toHaveProperty('password');
    const [, id] =
      /the token (\S+): whoever reads it can register one machine in web, until .* UTC\n/.exec(stderr) ?? [];
    expect((await server.request('GET', `/api/v0/token/${id}`)).body).toMatchObject({
      kind: 'registration',
      registration: { cluster: 'web', max_hosts: 1 },
    });
    using instance = new Instance();
    const { privateFile } = makeSshKey();
    const ended = await instance.register({ ...others, ...instance.paths, token }, Buffer.from(privateFile, 'base64'));
    expect([ended.exitCode, ended.stderr]).toEqual([0, expect.stringContaining('as 127.0.0.1\n')]);
    expect(ended.stderr).not.toContain(token);
    expect((await server.request('GET', '/api/v0/cluster/web/hosts')).body).toEqual(['127.0.0.1']);
  });

  test('the token is asked of the configured server, and the machine of the other', async () => {
    using server = new TestServer({ 'POST /api/v0/tokens': json(minted, { status: 201 }) });
    const { file } = await made(['-c', 'web'], { endpoint: server.url });
    expect(registrationIn(file)).toMatchObject({ endpoint, cluster: 'web', token: 'a.b.c' });
    const wanted = { kind: 'registration', note: 'user-data', cluster: 'web', max_hosts: 10, lifetime: 3600 };
    expect(server.received.map(({ body }) => body)).toEqual([wanted]);
  });

  test('no server is asked for one with --no-token, with a password, or when something is wrong', async () => {
    using server = new TestServer({});
    const there = { endpoint: server.url };
    const { file, stderr } = await made(['-c', 'web', '--no-token'], there);
    expect(registrationIn(file)).not.toHaveProperty('token');
    expect(stderr).toContain('the file holds no credentials');
    await made(['-c', 'web', '-u', 'ops', '-p'], { ...there, stdin: 'secret' });
    await commctl(['user-data', '-e', endpoint, '-c', 'web', '-s', 'relative'], there);
    expect(server.asked).toEqual([]);
  });

  test('without credentials there is no file', async () => {
    using directory = temporaryDirectory();
    const out = join(directory.path, 'web.userdata');
    const ended = await commctl(['user-data', '-e', endpoint, '-c', 'web', '-o', out], { file: null });
    expect([ended.exitCode, ended.stderr]).toEqual([2, expect.stringContaining('no username is configured')]);
    expect(existsSync(out)).toBe(false);
  });
});

const minted = {
  id: 't1',
  token: 'a.b.c',
  expires_at: '2026-01-02T03:04:05.000000',
  registration: { cluster: 'web', max_hosts: 10, hosts: [] },
};

test('a file without credentials, and plain HTTP, are told of', async () => {
  const { stderr } = await commctl(['user-data', '-e', 'http://192.0.2.1:8000']);
  expect(stderr.replace(size, '')).toMatch(
    /^commctl: warning: the file holds no credentials.*\ncommctl: warning: .* travel in clear\n$/,
  );
});

test('one writes the file for its owner alone, with a cloud-config of their own', async () => {
  using directory = temporaryDirectory();
  const config = join(directory.path, 'my "config".yaml');
  const out = join(directory.path, 'web.userdata');
  writeFileSync(config, '#cloud-config\npackages: [vim]\n');
  writeFileSync(out, 'what was there', { mode: 0o644 });
  expect((await made(['-C', config, '-o', out])).file).toBe('');
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect(parsed(readFileSync(out, 'utf8'))[0]).toEqual({
    type: 'text/cloud-config',
    name: 'my__config_.yaml',
    text: '#cloud-config\npackages: [vim]\n',
  });
});

test('on a terminal the password is asked for, and does not show', async () => {
  using directory = temporaryDirectory();
  const out = join(directory.path, 'web.userdata');
  const words = ['user-data', '-e', endpoint, '-u', 'ops', '-p', '-o', out];
  const { exitCode, screen } = await commctlOnTerminal(words, { answers: { 'Password: ': 'hidden\r' } });
  expect(exitCode).toBe(0);
  expect(screen).not.toContain('hidden');
  expect(registrationIn(readFileSync(out, 'utf8'))).toMatchObject({ username: 'ops', password: 'hidden' });
});

const mistakes: [words: string[], stderr: RegExp][] = [
  [[], /required option '-e, --endpoint <URL>'/],
  [['-e', 'jump.example.com'], /the endpoint "jump.example.com" is not a URL/],
  [['-e', 'https://a:secret@h'], /the endpoint for h holds credentials/],
  [['-e', endpoint, '-u', 'ops'], /--username and --password go together/],
  [['-e', endpoint, '-p'], /--username and --password go together/],
  [['-e', endpoint, '-u', 'ops', '-p'], /the password is empty/],
  [['-e', endpoint, '-c', 'a b'], /--cluster: "a b" is not a name/],
  [['-e', endpoint, '--address', 'a b'], /--address: "a b" is not an IPv4/],
  [['-e', endpoint, '-r', 'ops ALL'], /--remote-user: "ops ALL" is not the name/],
  [['-e', endpoint, '-s', 'id_rsa'], /--ssh-key-path: id_rsa is not absolute/],
  [['-e', endpoint, '-a', 'keys'], /--authorized-keys-path: keys is not absolute/],
  [['-e', endpoint, '-f', 'abc'], /--fingerprint: "abc" is not the SHA-256/],
  [['-e', 'http://h', '-f', digits], /--fingerprint is of a certificate, but http:\/\/h is not https/],
  [['-e', endpoint, '-C', '/nonexistent'], /cannot read \/nonexistent: there is no such file or directory/],
  [
    ['-e', endpoint, '-C', '/dev/null'],
    /cannot include null: its first line says nothing.*\nhint: begin it with one of/,
  ],
  [['-e', endpoint, '-o', '/nonexistent/file'], /cannot write \/nonexistent\/file: there is no such file or directory/],
  [['-e', endpoint, 'web.userdata'], /too many arguments/],
];

test.each(mistakes)('%j is a mistake', async (words, stderr) => {
  const answer = await commctl(['user-data', ...words]);
  expect(answer).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(stderr) });
});
