import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

/** A configuration file in a home directory that stays between calls. */
function home(members?: object) {
  const directory = temporaryDirectory();
  const path = join(directory.path, '.commissaire.json');
  if (members !== undefined) writeFileSync(path, JSON.stringify(members), { mode: 0o600 });
  const environment = { HOME: directory.path };
  const more = (variables: Record<string, string>) => ({ environment: { ...environment, ...variables } });
  return {
    directory: directory.path,
    path,
    written: () => JSON.parse(readFileSync(path, 'utf8')),
    runs: (words: string[], variables: Record<string, string> = {}, stdin = '') =>
      commctl(words, { ...more(variables), stdin }),
    types: (words: string[], answers: Record<string, string>) => commctlOnTerminal(words, { environment, answers }),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

const clusters = (name: string) => ({ 'GET /api/v0/clusters': json([name]) });
const site = (endpoint: string, username: string) => ({ endpoint, username, password: 'p' });
const list = ['cluster', 'list'];

describe('which site is asked', () => {
  test('--context before $COMMCTL_CONTEXT before the file, and the members outside of the contexts are "default"', async () => {
    using prod = new TestServer(clusters('of-prod'));
    using lab = new TestServer(clusters('of-lab'));
    using old = new TestServer(clusters('of-old'));
    using person = home({
      ...site(old.url, 'o'),
      context: 'prod',
      contexts: { prod: site(prod.url, 'p'), lab: site(lab.url, 'l') },
    });
    const answered = async (words: string[], variables = {}) => (await person.runs(words, variables)).stdout.trim();
    expect(await answered(list)).toBe('of-prod');
    expect(await answered(list, { COMMCTL_CONTEXT: 'lab' })).toBe('of-lab');
    expect(await answered(['--context', 'prod', ...list], { COMMCTL_CONTEXT: 'lab' })).toBe('of-prod');
    expect(await answered([...list, '--context=default'])).toBe('of-old');
    const users = [prod, lab, old].map(({ received }) => received[0]?.headers.get('authorization'));
    expect(users).toEqual(['p:p', 'l:p', 'o:p'].map((each) => `Basic ${Buffer.from(each).toString('base64')}`));
  });

  test('--context means its own servers, and neither those of $COMMCTL_ENDPOINT nor the token beside them', async () => {
    using prod = new TestServer(clusters('of-prod'));
    using lab = new TestServer(clusters('of-lab'));
    using person = home({ contexts: { lab: site(lab.url, 'l') } });
    const variables = { COMMCTL_ENDPOINT: prod.url, COMMCTL_TOKEN: 'of.prod' };
    expect((await person.runs(list, variables)).stdout).toBe('of-prod\n');
    expect((await person.runs(['--context', 'lab', ...list], variables)).stdout).toBe('of-lab\n');
    const sent = [prod, lab].map(({ received }) => received[0]?.headers.get('authorization')?.split(' ')[0]);
    expect(sent).toEqual(['Bearer', 'Basic']);
    await person.runs(['--context', 'lab', ...list], { COMMCTL_TOKEN: 'for.lab' });
    expect(lab.received[1]?.headers.get('authorization')).toBe('Bearer for.lab');
  });

  test('"confirm" and "proxy" outside of the contexts count for those without their own', async () => {
    using server = new TestServer({ 'DELETE /api/v0/cluster/web': json([]) });
    const contexts = { lab: site(server.url, 'l'), free: { ...site(server.url, 'l'), confirm: 'never' } };
    using person = home({ confirm: 'always', contexts });
    const refused = await person.runs(['--context', 'lab', 'cluster', 'delete', 'web']);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('needs a confirmation') });
    expect(await person.runs(['--context', 'free', 'cluster', 'delete', 'web'])).toMatchObject({ exitCode: 0 });
  });
});

describe('what is wrong with a context is named', () => {
  const lab = { endpoint: 'https://lab.example.com' };
  test.each<[object, string[], string]>([
    [
      { contexts: { lab: { endpont: 'x' } } },
      [],
      'FILE: context "lab": "endpont" is not a member of a context\nhint: did you mean "endpoint"?',
    ],
    [{ contexts: { default: lab } }, [], 'FILE: a context cannot have the name "default"'],
    [{ contexts: { 'a b': lab } }, [], 'FILE: "a b" is not the name of a context'],
    [{ contexts: [] }, [], 'FILE: "contexts" must be one JSON object'],
    [{ context: 7 }, [], 'FILE: "context" must be a string'],
    [{ contxt: 'lab' }, [], 'FILE: "contxt" is not a member of the configuration\nhint: did you mean "context"?'],
    [{ context: 'lap', contexts: { lab } }, [], 'there is no context "lap" in FILE\nhint: did you mean "lab"?'],
    [{ contexts: { lab } }, ['--context', 'lap'], 'there is no context "lap" in FILE\nhint: did you mean "lab"?'],
    [{ contexts: { lab } }, ['--context', '../x'], '--context: "../x" is not the name of a context'],
    [
      { contexts: { lab } },
      [],
      'no context of FILE is in use\nhint: choose one of lab with `commctl context use NAME`',
    ],
    [{ contexts: { lab: { endpoint: 7 } } }, ['--context', 'lab'], 'FILE: context "lab": "endpoint" must be a URL'],
  ])('%j %j', async (file, words, said) => {
    using person = home(file);
    const { exitCode, stderr } = await person.runs([...words, ...list]);
    expect([exitCode, stderr.replaceAll(person.path, 'FILE')]).toEqual([2, expect.stringContaining(said)]);
  });
});

describe('commctl context', () => {
  test('makes, shows, uses, renames and deletes contexts; the file is for its owner only', async () => {
    using person = home();
    const token = 'a.secret-token';
    const made = await person.runs(
      ['context', 'create', 'ci', 'https://ci.example.com', '--token-file', '-'],
      {},
      `${token}\n`,
    );
    expect(made).toMatchObject({ exitCode: 0, stdout: expect.not.stringContaining(token) });
    expect(statSync(person.path).mode & 0o777).toBe(0o600);
    await person.runs(['context', 'create', 'lab', 'https://a.example.com', 'https://b.example.com', '-u', 'ops']);
    expect((await person.runs(['context', 'list', '-o', 'table'])).stdout).toBe(`\
NAME  IN USE  ENDPOINT                                      LOGIN  SESSION
ci            https://ci.example.com                        token  no
lab           https://a.example.com, https://b.example.com  ops    no
`);
    await person.runs(['context', 'use', 'lab']);
    await person.runs(['context', 'rename', 'lab', 'staging']);
    expect(JSON.parse((await person.runs(['context', 'show', '-o', 'json'])).stdout)).toEqual({
      name: 'staging',
      in_use: true,
      logged_in: false,
      endpoint: ['https://a.example.com', 'https://b.example.com'],
      username: 'ops',
    });
    expect((await person.runs(['context', 'show', 'ci'])).stdout).toContain("token: '***'");
    expect((await person.runs(['context', 'list', '-o', 'name'])).stdout).toBe('context/ci\ncontext/staging\n');
    expect(await person.runs(['context', 'delete', 'staging'])).toMatchObject({ exitCode: 0, stdout: 'Success\n' });
    expect(person.written()).toEqual({ contexts: { ci: { endpoint: 'https://ci.example.com', token } } });
  });

  test('the file of the original gets a name, and what counts for all contexts stays outside', async () => {
    using person = home({ endpoint: 'https://one.example.com', username: 'a', confirm: 'never' });
    expect(await person.runs(['context', 'rename', 'default', 'prod'])).toMatchObject({ exitCode: 0 });
    expect(person.written()).toEqual({
      confirm: 'never',
      context: 'prod',
      contexts: { prod: { endpoint: 'https://one.example.com', username: 'a' } },
    });
  });

  test.each([
    [['use', 'lap'], 'did you mean "lab"?'],
    [['create', 'lab', 'https://x.example.com'], 'there is a context "lab" in'],
    [['create', 'default', 'https://x.example.com'], 'choose another name'],
    [['create', 'x', 'x.example.com'], 'the endpoint "x.example.com" is not a URL'],
    [['create', 'x', 'https://x.example.com', '--fingerprint', 'AB'], 'is not the SHA-256 of a certificate'],
    [['create', 'x', 'https://x.example.com', '--ca', 'nothing.pem'], 'cannot read'],
    [['create', 'x', 'https://x.example.com', '-u', 'a', '--token-file', '/dev/null'], 'is not a token'],
    [['rename', 'lab', 'lab'], 'there is a context "lab" in'],
    [['rename', 'lab', 'a/b'], 'is not the name of a context'],
    [['delete', 'gone'], 'there is no context "gone"'],
  ])('context %j is refused, and the file stays', async (words, said) => {
    using person = home({ contexts: { lab: { endpoint: 'https://lab.example.com' } } });
    const before = readFileSync(person.path, 'utf8');
    expect(await person.runs(['context', ...words])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(said),
    });
    expect(readFileSync(person.path, 'utf8')).toBe(before);
  });

  test('with --dry-run the file is shown without secrets, and not written', async () => {
    using person = home({ contexts: { lab: site('https://lab.example.com', 'l') } });
    const before = readFileSync(person.path, 'utf8');
    for (const words of [
      ['use', 'lab'],
      ['rename', 'lab', 'x'],
      ['delete', 'lab'],
    ]) {
      const { exitCode, stdout } = await person.runs(['--dry-run', 'context', ...words, '-o', 'json']);
      expect([exitCode, JSON.parse(stdout).file]).toEqual([0, person.path]);
      expect(stdout).not.toContain('"p"');
    }
    expect(readFileSync(person.path, 'utf8')).toBe(before);
  });

  test('a symbolic link stays one', async () => {
    using person = home();
    const target = join(person.directory, 'dotfiles', 'commctl.json');
    mkdirSync(join(person.directory, 'dotfiles'));
    writeFileSync(target, '{"contexts": {"lab": {"endpoint": "https://lab.example.com"}}}');
    symlinkSync(target, person.path);
    expect(await person.runs(['context', 'use', 'lab'])).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(readFileSync(target, 'utf8')).context).toBe('lab');
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  test('many processes that change the file lose nothing', async () => {
    using person = home();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const made = await Promise.all(
      names.map((name) => person.runs(['context', 'create', name, `https://${name}.example.com`])),
    );
    expect(made.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0]);
    expect(Object.keys(person.written().contexts).toSorted()).toEqual(names);
  });

  test('delete asks on a terminal', async () => {
    using person = home({ contexts: { lab: { endpoint: 'https://lab.example.com' } } });
    const no = await person.types(['context', 'delete', 'lab'], { 'Continue? [y/N] ': 'n\r' });
    expect([no.exitCode, no.screen]).toEqual([130, expect.stringContaining('delete the context lab')]);
    const yes = await person.types(['context', 'delete', 'lab'], { 'Continue? [y/N] ': 'y\r' });
    expect([yes.exitCode, person.written()]).toEqual([0, {}]);
  });

  test('the completion knows them, also where the file cannot be read', async () => {
    using person = home({ contexts: { lab: { endpoint: 'https://lab.example.com' }, prod: {} } });
    const words = async (...line: string[]) => (await person.runs(['completion', 'words', '--', ...line])).stdout;
    expect(await words('context', 'use', '')).toBe('lab\thttps://lab.example.com\nprod\n');
    expect(await words('--context', 'p')).toBe('prod\n');
    expect(await words('host', 'list', '--context=l')).toBe('--context=lab\thttps://lab.example.com\n');
    writeFileSync(person.path, '{');
    expect(await words('context', 'use', '')).toBe('');
  });
});

test('nothing is written where no context is changed', async () => {
  using person = home();
  expect(await person.runs(['context', 'list'])).toMatchObject({ exitCode: 0, stdout: '' });
  expect(existsSync(person.path)).toBe(false);
});
