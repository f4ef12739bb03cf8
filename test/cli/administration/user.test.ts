import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bcryptHash } from '../../auth/support.ts';
import { mayMount, needsRoot } from '../../support/root-only.ts';
import { basicOf, startServer } from '../../support/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { commctl, commctlOnTerminal } from '../support/commctl.ts';

/** A users file, and the administration of it. */
function usersFile(text: string | undefined, name = 'users.json') {
  const directory = temporaryDirectory();
  const path = join(directory.path, name);
  if (text !== undefined) writeFileSync(path, text, { mode: 0o600 });
  const words = (more: string[]) => ['user', ...more, '--file', path];
  return {
    directory: directory.path,
    path,
    text: () => readFileSync(path, 'utf8'),
    users: () => JSON.parse(readFileSync(path, 'utf8')),
    runs: (more: string[], stdin = '') => commctl(words(more), { program: [], file: null, stdin }),
    types: (more: string[], answers: Record<string, string>) =>
      commctlOnTerminal(words(more), { program: [], file: null, answers }),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

const alice = () => JSON.stringify({ alice: { hash: bcryptHash('old'), remark: 'of the night' } });
const isOf = (password: string, { hash }: { hash: string }) => Bun.password.verify(password, hash);

describe('users of a file', () => {
  test('are added with a password from stdin, made or typed twice', async () => {
    using file = usersFile(undefined);
    expect(await file.runs(['add', 'alice', '--password-stdin'], 'first word\n')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('commctl role-binding create alice operator user:alice'),
    });
    const made = await file.runs(['add', 'bob', '--generate']);
    const [, generated = ''] = /^password: (\S+)$/m.exec(made.stdout) ?? [];
    const typed = await file.types(['add', 'carol'], { 'New password: ': 'typed one\r', 'Again: ': 'typed one\r' });
    expect([typed.exitCode, typed.screen]).toEqual([0, expect.not.stringContaining('typed one')]);
    const users = file.users();
    expect(
      await Promise.all([isOf('first word', users.alice), isOf(generated, users.bob), isOf('typed one', users.carol)]),
    ).toEqual([true, true, true]);
    expect(users.alice.hash).toMatch(/^\$argon2id\$/);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(file.directory)).toEqual(['users.json']);
  });

  test('get another password, and keep what else is written about them, with the mode of the file', async () => {
    using file = usersFile(alice());
    chmodSync(file.path, 0o640);
    expect(await file.runs(['passwd', 'alice', '--password-stdin'], 'new\n')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('commctl token revoke-all alice'),
    });
    const { alice: changed } = file.users();
    expect([await isOf('new', changed), changed.remark]).toEqual([true, 'of the night']);
    expect(statSync(file.path).mode & 0o777).toBe(0o640);
  });

  test('stay as they are when the two passwords differ', async () => {
    using file = usersFile(alice());
    const before = file.text();
    const { exitCode, screen } = await file.types(['passwd', 'alice'], {
      'New password: ': 'one\r',
      'Again: ': 'two\r',
    });
    expect([exitCode, screen]).toEqual([2, expect.stringContaining('the two passwords differ')]);
    expect(file.text()).toBe(before);
  });

  test('are deleted after a question on a terminal', async () => {
    using file = usersFile(alice());
    const no = await file.types(['delete', 'alice'], { 'Continue? [y/N] ': '\r' });
    expect([no.exitCode, Object.keys(file.users())]).toEqual([130, ['alice']]);
    const yes = await file.types(['delete', 'alice'], { 'Continue? [y/N] ': 'y\r' });
    expect([yes.exitCode, file.users()]).toEqual([0, {}]);
  });

  test('of a .htpasswd get bcrypt as Apache knows it, and comments and other lines stay', async () => {
    using file = usersFile(`# the team\nalice:${bcryptHash('old')}:remark\nold:$apr1$x$y\n`, '.htpasswd');
    await file.runs(['add', 'bob', '--password-stdin'], 'new');
    await file.runs(['passwd', 'alice', '--password-stdin'], 'other');
    const [comment, first = '', second, third = ''] = file.text().split('\n');
    expect([comment, second]).toEqual(['# the team', 'old:$apr1$x$y']);
    expect([first, third]).toEqual([
      expect.stringMatching(/^alice:\$2y\$12\$/),
      expect.stringMatching(/^bob:\$2y\$12\$/),
    ]);
    expect(await isOf('other', { hash: first.slice('alice:'.length) })).toBe(true);
    await file.runs(['delete', 'alice']);
    expect(file.text()).toBe(`# the team\nold:$apr1$x$y\n${third}\n`);
    const long = await file.runs(['passwd', 'bob', '--password-stdin'], 'x'.repeat(73));
    expect(long).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('has 73 bytes') });
    expect(await file.runs(['list'])).toMatchObject({ stdout: expect.stringMatching(/^old +none +unusable /m) });
  });

  test('of a YAML file: its comments stay', async () => {
    using file = usersFile(`# the team\nalice:\n  hash: ${bcryptHash('old')} # of the night\n`, 'users.yaml');
    expect(await file.runs(['add', 'bob', '--generate'])).toMatchObject({ exitCode: 0 });
    expect(file.text()).toMatch(
      /^# the team\nalice:\n {2}hash: \$2b\$.* # of the night\nbob:\n {2}hash: .*\$argon2id\$/,
    );
    await file.runs(['delete', 'bob']);
    expect(file.text()).toMatch(/^# the team\nalice:\n {2}hash: \S+ # of the night\n$/);
  });

  test('behind a symbolic link are changed there', async () => {
    using file = usersFile(alice());
    const link = join(file.directory, 'link.json');
    symlinkSync(file.path, link);
    const words = ['user', 'add', 'bob', '--generate', '--file', link];
    expect(await commctl(words, { program: [], file: null })).toMatchObject({ exitCode: 0 });
    expect(Object.keys(file.users())).toEqual(['alice', 'bob']);
  });

  test.skipIf(!mayMount)(`keep their owner${needsRoot}`, async () => {
    using file = usersFile(alice());
    chownSync(file.path, 1234, 4321);
    await file.runs(['add', 'bob', '--generate']);
    expect(statSync(file.path)).toMatchObject({ uid: 1234, gid: 4321 });
  });

  test.each<[string[], string, string]>([
    [
      ['add', 'alice', '--generate'],
      '',
      'there is a user "alice" already\nhint: change the password with `commissaire user passwd alice`',
    ],
    [['passwd', 'alic', '--generate'], '', 'there is no user "alic" in FILE\nhint: did you mean "alice"?'],
    [['delete', 'bob'], '', 'there is no user "bob" in FILE'],
    [['add', 'a:b', '--generate'], '', '"a:b" is not the name of a user'],
    [['add', '', '--generate'], '', '"" is not the name of a user'],
    [['add', 'bob'], '', 'there is nobody to ask for the password\nhint: give it on stdin with --password-stdin'],
    [['add', 'bob', '--password-stdin'], '\n', 'the password is empty'],
    [['add', 'bob', '--password-stdin'], 'a\nb\n', 'the password has a control character in it'],
    [['add', 'bob', '--password-stdin', '--generate'], 'x', 'do not go together'],
  ])('user %j is refused, and the file stays', async (words, stdin, said) => {
    using file = usersFile(alice());
    const before = file.text();
    const { exitCode, stderr } = await file.runs(words, stdin);
    expect([exitCode > 0, stderr.replaceAll(file.path, 'FILE')]).toEqual([true, expect.stringContaining(said)]);
    expect(file.text()).toBe(before);
  });

  test('are not changed by two commands at once: the second one says which file is in the way', async () => {
    using file = usersFile(alice());
    writeFileSync(`${file.path}.new`, '');
    const { exitCode, stderr } = await file.runs(['add', 'bob', '--generate']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`remove ${file.path}.new`)]);
    expect(existsSync(`${file.path}.new`)).toBe(true);
  });
});

test('a running server knows a new user, another password and a deleted user without a restart', async () => {
  using file = usersFile(JSON.stringify({ tester: { hash: bcryptHash('of the tests') } }));
  await using server = await startServer({
    configuration: {
      'authentication-plugins': [{ name: 'httpbasicauth', filepath: file.path }],
      'role-bindings': [{ role: 'admin', subjects: ['user:tester', 'user:alice'] }],
    },
  });
  const statusOf = async (authorization: string) =>
    (await server.request('GET', '/api/v0/whoami', undefined, { headers: { authorization } })).status;
  const basic = (password: string) => `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`;
  const changes = () => server.log.filter((line) => line.includes('the file has changed')).length;
  /** The server looks at the file when it is asked something. */
  const changed = async (words: string[], stdin = '') => {
    const before = changes();
    await file.runs(words, stdin);
    await until(async () => (await statusOf(basicOf('tester'))) === 200 && changes() > before);
  };
  expect(await statusOf(basicOf('alice'))).toBe(403);
  await changed(['add', 'alice', '--password-stdin'], 'of the tests');
  expect(await statusOf(basicOf('alice'))).toBe(200);
  await changed(['passwd', 'alice', '--password-stdin'], 'another');
  expect([await statusOf(basicOf('alice')), await statusOf(basic('another'))]).toEqual([403, 200]);
  await changed(['delete', 'alice']);
  expect(await statusOf(basic('another'))).toBe(403);
});
