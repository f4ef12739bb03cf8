import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { basicOf, type TestServer as ProductServer, startServer, usersNamed } from '../../support/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { commctl, commctlOnTerminal } from '../support/commctl.ts';
import { json, TestServer } from '../support/server.ts';

const password = 'of the tests';
let server: ProductServer;
beforeAll(async () => {
  server = await startServer({
    configuration: {
      'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed('tester', 'alice') }],
      'default-role': 'none',
      'role-bindings': [
        { role: 'admin', subjects: ['user:tester'] },
        { role: 'viewer', subjects: ['user:alice'] },
      ],
    },
  });
  await server.request('PUT', '/api/v0/cluster/web', {});
});
afterAll(() => server[Symbol.asyncDispose]());

/** A person with a directory for the state of programs, and a configuration without a password. */
function person() {
  const directory = temporaryDirectory();
  const path = join(directory.path, 'commissaire', 'session.json');
  const environment = { XDG_STATE_HOME: directory.path };
  const configured = (members: object) => ({ environment, file: JSON.stringify({ endpoint: server.url, ...members }) });
  return {
    path,
    environment,
    types: (answers: Record<string, string>, ...words: string[]) =>
      commctlOnTerminal(words, { ...configured({}), answers }),
    runs: (...words: string[]) => commctl(words, configured({})),
    runsWith: (members: object, ...words: string[]) => commctl(words, configured(members)),
    /** What the file holds, and another in its place. */
    sessions: () => JSON.parse(readFileSync(path, 'utf8')).sessions as Record<string, unknown>[],
    change: (change: object) => {
      const sessions = JSON.parse(readFileSync(path, 'utf8')).sessions.map((each: object) => ({ ...each, ...change }));
      writeFileSync(path, JSON.stringify({ sessions }));
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

type Person = ReturnType<typeof person>;

async function logIn(who: Person): Promise<void> {
  const { exitCode } = await who.runsWith({ username: 'tester', password }, 'login');
  expect(exitCode).toBe(0);
}

const renewals = () =>
  server.log.filter((line) => line.includes('"path":"/api/v0/tokens/current/renew","status":200')).length;

test('after a login on a terminal nobody is asked again, until the logout', async () => {
  using who = person();
  const { exitCode, screen } = await who.types({ 'Username: ': 'tester\r', 'Password: ': `${password}\r` }, 'login');
  expect([exitCode, screen]).toEqual([0, expect.stringContaining('tester')]);
  expect(statSync(who.path).mode & 0o777).toBe(0o600);
  const text = readFileSync(who.path, 'utf8');
  expect(text).not.toContain(password);
  expect(screen).not.toContain(String(who.sessions()[0]?.token));
  expect(await who.runs('cluster', 'list')).toEqual({ exitCode: 0, stdout: 'web\n', stderr: '' });
  expect((await who.runs('token', 'current', '-o', 'json')).stdout).toContain('"kind": "session"');
  expect(await who.runs('logout')).toEqual({ exitCode: 0, stdout: 'Success\n', stderr: '' });
  expect(who.sessions()).toEqual([]);
  expect(await who.runs('logout')).toEqual({ exitCode: 0, stdout: '', stderr: 'There is no session.\n' });
  const after = await who.runs('cluster', 'list');
  expect([after.exitCode, after.stderr]).toEqual([2, expect.stringContaining('no username is configured')]);
  writeFileSync(who.path, text, { mode: 0o600 });
  const revoked = await who.runs('cluster', 'list');
  expect([revoked.exitCode, revoked.stderr]).toEqual([4, expect.stringContaining('the session has ended')]);
  expect(who.sessions()).toEqual([]);
});

test('-u logs in as somebody else than the configuration says', async () => {
  using who = person();
  const words = ['login', '-u', 'alice'];
  const file = JSON.stringify({ endpoint: server.url, username: 'tester', password });
  const { environment } = who;
  const { exitCode } = await commctlOnTerminal(words, {
    environment,
    file,
    answers: { 'Password: ': `${password}\r` },
  });
  expect(exitCode).toBe(0);
  expect((await who.runs('token', 'current', '-o', 'json')).stdout).toContain('"owner": "alice"');
});

test('at half of its life the session is renewed, by one of many', async () => {
  using who = person();
  await logIn(who);
  const before = renewals();
  const [{ token } = {}] = who.sessions();
  await who.runs('cluster', 'list');
  expect([renewals(), who.sessions()[0]?.token]).toEqual([before, token]);
  who.change({ renewAt: 0 });
  const all = await Promise.all(Array.from({ length: 5 }, () => who.runs('cluster', 'list')));
  expect(all).toEqual(all.map(() => ({ exitCode: 0, stdout: 'web\n', stderr: '' })));
  expect(renewals()).toBe(before + 1);
  expect(who.sessions()).toHaveLength(1);
  // Within the same second the token is the same text.
  expect(who.sessions()[0]?.renewAt).toBeGreaterThan(0);
  expect(statSync(who.path).mode & 0o777).toBe(0o600);
});

test('a session that has expired gives way to the password', async () => {
  using who = person();
  await logIn(who);
  who.change({ expiresAt: 1 });
  expect((await who.runs('cluster', 'list')).exitCode).toBe(2);
  expect((await who.runsWith({ username: 'tester', password }, 'cluster', 'list')).exitCode).toBe(0);
});

test('a calendar that is ahead for a moment costs nobody a session', async () => {
  using who = person();
  await logIn(who);
  const [{ id, expiresAt } = {}] = who.sessions();
  who.change({ expiresAt: 1 });
  const endpoint = server.url.replace('127.0.0.1', 'localhost');
  expect((await who.runsWith({ endpoint, username: 'tester', password }, 'login')).exitCode).toBe(0);
  expect(who.sessions().map((session) => session.id)).toEqual([id, expect.any(String)]);
  who.change({ expiresAt });
  expect((await who.runs('cluster', 'list')).exitCode).toBe(0);
});

test('a session is sent to the servers it was begun with and to no other, and not for another user', async () => {
  using who = person();
  await logIn(who);
  using other = new TestServer({ 'GET /api/v0/clusters': json([]) });
  const asked = await commctl(['--endpoint', server.url, '--endpoint', other.url, 'cluster', 'list'], {
    environment: who.environment,
    endpoint: [],
  });
  expect(asked.exitCode).toBe(4);
  await commctl(['cluster', 'list'], { environment: who.environment, endpoint: other.url });
  expect(other.received.map(({ headers }) => headers.get('authorization')?.split(' ')[0])).toEqual(['Basic']);
  const alice = await who.runsWith({ username: 'alice', password: 'wrong' }, 'cluster', 'list');
  expect(alice.exitCode).toBe(4);
});

test('a file that others can read is not used', async () => {
  using who = person();
  await logIn(who);
  chmodSync(who.path, 0o644);
  const { exitCode, stderr } = await who.runs('cluster', 'list');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`others can read ${who.path}`)]);
});

test('a file that is no file of sessions is no session, and a login makes one of it', async () => {
  using who = person();
  await logIn(who);
  for (const text of ['', '{', '[]', '{"sessions": [5, {"endpoints": []}]}']) {
    writeFileSync(who.path, text);
    expect((await who.runs('cluster', 'list')).exitCode).toBe(2);
  }
  await logIn(who);
  expect((await who.runs('cluster', 'list')).exitCode).toBe(0);
});

test('logging out without a server forgets the session all the same', async () => {
  using who = person();
  await logIn(who);
  const [{ id } = {}] = who.sessions();
  const closed = 'http://127.0.0.1:1';
  who.change({ endpoints: [closed] });
  const { exitCode } = await who.runsWith({ endpoint: closed }, 'logout');
  expect(exitCode).toBe(5);
  expect(who.sessions()).toEqual([]);
  expect((await server.request('GET', `/api/v0/token/${id}`)).body).toMatchObject({ revoked_at: '' });
});

test('another login ends the session there was', async () => {
  using who = person();
  await logIn(who);
  const [{ id } = {}] = who.sessions();
  await logIn(who);
  expect(who.sessions()).toHaveLength(1);
  expect(who.sessions()[0]?.id).not.toBe(id);
  expect((await server.request('GET', `/api/v0/token/${id}`)).body).toMatchObject({
    revoked_at: expect.stringMatching(/^2/),
  });
});

test('with --dry-run nobody is logged in', async () => {
  using who = person();
  const { exitCode, stdout } = await who.runsWith({ username: 'tester', password }, '--dry-run', 'login', '-o', 'json');
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining('/api/v0/tokens')]);
  expect(existsSync(who.path)).toBe(false);
});

test('tokens are made, listed, shown and revoked', async () => {
  using who = person();
  await logIn(who);
  const words = ['token', 'create', '--lifetime', '3600', '--role', 'viewer', '--cluster', 'web*', '--note', 'mine'];
  const made = JSON.parse((await who.runs(...words, '-o', 'json')).stdout);
  const bearer = { headers: { authorization: `Bearer ${made.token}` } };
  expect((await server.request('GET', '/api/v0/cluster/web', undefined, bearer)).status).toBe(200);
  const shown = await who.runs('token', 'show', made.id, '-o', 'table');
  expect(shown.stdout).toMatch(/roles +viewer in web\*/);
  expect(shown.stdout).not.toContain(made.token);
  expect((await who.runs('token', 'list', '-o', 'table')).stdout).toContain('mine');
  expect(await who.runs('token', 'revoke', made.id)).toMatchObject({ exitCode: 0, stdout: 'Success\n' });
  expect((await server.request('GET', '/api/v0/hosts', undefined, bearer)).status).toBe(403);
  expect((await who.runs('token', 'list', '-o', 'table')).stdout).toContain('revoked');
});

test('what is to outlive the session needs a login', async () => {
  using who = person();
  await logIn(who);
  const words = ['token', 'create', '--lifetime', '604800'];
  const refused = await who.runs(...words);
  expect([refused.exitCode, refused.stderr]).toEqual([4, expect.stringContaining('would outlive the token')]);
  const made = await who.runsWith({ username: 'tester', password }, ...words, '--login', '-o', 'json');
  expect(JSON.parse(made.stdout)).toMatchObject({ lineage: [], expires_in: expect.any(Number) });
});

test.each([
  [['--register', 'web'], '--register needs --max-hosts'],
  [['--register', 'web', '--max-hosts', '2', '--role', 'viewer'], '--register has its own role'],
])('token create %j is told what is wrong', async (words, told) => {
  using who = person();
  const { exitCode, stderr } = await who.runs('token', 'create', '--lifetime', '60', ...words);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(told)]);
});

test('all tokens of somebody are revoked by name', async () => {
  using who = person();
  await server.request('POST', '/api/v0/tokens', {}, { headers: { authorization: basicOf('alice') } });
  const ended = await who.runsWith({ username: 'tester', password }, 'token', 'revoke-all', 'alice', '-o', 'json');
  expect(JSON.parse(ended.stdout)).toMatchObject({ owner: 'alice', revoked: expect.any(Number) });
});
