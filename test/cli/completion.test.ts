import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commctlProgram } from '../../src/cli/commctl.ts';
import { candidatesFor } from '../../src/cli/completion/candidates.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { operationHost, operationRecord } from './support/records.ts';
import { closedEndpoint, json, problem, TestServer } from './support/server.ts';

const program = commctlProgram('commctl');

interface Case {
  line: string[];
  words: string[];
  files?: boolean;
}

const outputs = ['yaml', 'json', 'table', 'wide', 'name', 'jsonpath='];
const cases: Case[] = [
  { line: ['cl'], words: ['cluster'] },
  { line: ['cluster', 're'], words: ['restart'] },
  { line: ['cluster', 'restart', ''], words: ['start', 'status'] },
  { line: ['help', 'cluster', 'res'], words: ['restart'] },
  { line: ['-o', 'json', 'host', 'ke'], words: ['key'] },
  { line: ['host', 'create', '--prox'], words: ['--proxy-jump'] },
  { line: ['host', 'list', '--he'], words: ['--help'] },
  { line: ['host', 'list', '--out'], words: ['--output'] },
  { line: ['host', 'list', '--output', ''], words: outputs },
  { line: ['host', 'list', '-o', 'j'], words: ['json', 'jsonpath='] },
  { line: ['host', 'list', '--output=t'], words: ['--output=table'] },
  // A letter means what it means to the command it stands behind.
  { line: ['-c', ''], words: [], files: true },
  { line: ['host', 'create', '-c', ''], words: [] },
  { line: ['host', 'create', '-c', 'host', '--key', ''], words: [], files: true },
  { line: ['host', 'create', '192.0.2.11', ''], words: [], files: true },
  { line: ['host', 'create', '192.0.2.11', '--label', 'a=b', ''], words: [], files: true },
  { line: ['host', 'create', ''], words: [] },
  { line: ['host', 'delete', 'h1', ''], words: [] },
  { line: ['exec', 'h1', '--', '--par'], words: [] },
  { line: ['host', 'ssh', 'h1', '--out'], words: [] },
  { line: ['operation', 'start', 'restart', 'h1', '--on-failure', ''], words: ['stop', 'continue', 'pause'] },
  { line: ['secret', 'put', 'web/key', '--file', ''], words: [], files: true },
  { line: ['secret', 'put', '--type='], words: ['--type=simple', '--type=jwe'] },
  { line: ['nonsense', ''], words: [] },
];

describe('what may stand next', () => {
  test.each(cases)('$line', ({ line, words, files = false }) => {
    const found = candidatesFor(program, line);
    expect({ words: found.words.map(({ word }) => word), files: found.files }).toEqual({ words, files });
  });

  test('without anything, every command', () => {
    const { words } = candidatesFor(program, []);
    expect(words).toEqual(program.commands.map(({ name, summary }) => ({ word: name, summary })));
  });
});

test('the words are printed with what they mean', async () => {
  expect(await commctl(['completion', 'words', '--', 'cluster', 'restart', ''], { file: null })).toEqual({
    exitCode: 0,
    stdout: 'start\tRestart the hosts of a cluster, batch by batch\nstatus\tShow the latest restart of a cluster\n',
    stderr: '',
  });
  expect(await commctl(['completion', 'words', '--', '-c', ''], { file: null })).toMatchObject({ stdout: ':files\n' });
});

const hostOf = (address: string, rack: string) => ({ address, status: 'active', os: 'fedora', labels: { rack } });
const site = {
  'GET /api/v0/clusters': json(['staging', 'web', 'web-2']),
  'GET /api/v0/hosts': json([hostOf('192.0.2.11', '3'), hostOf('192.0.2.12', '4')]),
  'GET /api/v0/operations': json([operationRecord([operationHost('a')], { kind: 'restart', target: 'cluster:web' })]),
  'GET /api/v0/roles': json([{ name: 'admin' }, { name: 'viewer' }]),
};

describe('the server is asked for names', () => {
  const words = async (line: string[], invocation: Parameters<typeof commctl>[1]) => {
    const { exitCode, stdout, stderr } = await commctl(['completion', 'words', '--', ...line], invocation);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    return stdout.split('\n').slice(0, -1);
  };

  test.each([
    [
      ['cluster', 'get', 'we'],
      ['web', 'web-2'],
    ],
    [['cluster', 'show', 'stag'], ['staging']],
    [
      ['host', 'create', '--cluster=we'],
      ['--cluster=web', '--cluster=web-2'],
    ],
    [
      ['host', 'create', '-c', 'we'],
      ['web', 'web-2'],
    ],
    [['host', 'join', '192.0.2.11', 'stag'], ['staging']],
    [['host', 'get', '192.0.2.12'], ['192.0.2.12\tactive rack=4']],
    [['exec', 'cluster:stag'], ['cluster:staging']],
    [['exec', 'label:rack=4'], ['label:rack=4']],
    [['exec', 'cluster:web & label:rack=3'], ['cluster:web & label:rack=3']],
    [['exec', 'cl'], ['cluster:\tmembers of a cluster']],
    [
      ['op', 'get', ''],
      ['last\tthe newest operation', '44\trestart cluster:web, in_process'],
    ],
    [['role', 'get', 'v'], ['viewer']],
  ])('%j', async (line, expected) => {
    using server = new TestServer(site);
    expect(await words(line, { endpoint: server.url })).toEqual(expected);
  });

  test('at most 200, whose beginning the server gets', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `web-${index}`);
    using server = new TestServer({ 'GET /api/v0/clusters': json(many) });
    expect(await words(['cluster', 'get', 'web-'], { endpoint: server.url })).toHaveLength(200);
    expect(server.asked).toEqual(['GET /api/v0/clusters?name=web-*&limit=200']);
  });

  test('at the server that the line names', async () => {
    using server = new TestServer(site);
    const line = ['--endpoint', server.url, 'cluster', 'get', 'stag'];
    expect(await words(line, { file: null, environment: { COMMCTL_TOKEN: 'x' } })).toEqual(['staging']);
  });

  test('nothing is said and nobody is asked when that is not possible', async () => {
    using silent = new TestServer({ 'GET /api/v0/clusters': () => new Promise<never>(() => {}) });
    using refusing = new TestServer({ 'GET /api/v0/clusters': () => problem(401, { detail: 'who are you' }) });
    const line = ['cluster', 'get', 'w'];
    expect(await words(line, { endpoint: closedEndpoint() })).toEqual([]);
    expect(await words(line, { endpoint: refusing.url })).toEqual([]);
    expect(await words(line, { file: JSON.stringify({ endpoint: refusing.url }) })).toEqual([]);
    expect(await words(line, { file: '{' })).toEqual([]);
    expect(await words(line, { endpoint: silent.url })).toEqual([]);
    expect(await words(line, { file: null, environment: { COMMISSAIRE_DATA_DIR: '/nonexistent' } })).toEqual([]);
  });

  test('an answer serves for the next keys, for the same caller only, in a file of one user', async () => {
    using runtime = temporaryDirectory();
    using server = new TestServer(site);
    const invocation = (token: string) => ({
      file: null,
      environment: {
        XDG_RUNTIME_DIR: runtime.path,
        COMMCTL_ENDPOINT: server.url,
        COMMCTL_TOKEN: token,
        HOME: runtime.path,
      },
    });
    const line = ['cluster', 'get', 'stag'];
    expect(await words(line, invocation('a'))).toEqual(['staging']);
    expect(await words(line, invocation('a'))).toEqual(['staging']);
    expect(server.asked).toHaveLength(1);
    await words(line, invocation('b'));
    expect(server.asked).toHaveLength(2);
    const directory = join(runtime.path, 'commissaire', 'completion');
    const files = readdirSync(directory);
    expect(files).toHaveLength(2);
    for (const name of files) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });
});

/** Runs a line of a shell in a directory with the script of its completion, a file, and commctl in its path. */
async function inShell(shell: 'bash' | 'zsh' | 'fish', line: string, endpoint?: string): Promise<string[]> {
  using directory = temporaryDirectory();
  const { stdout: script } = await commctl(['completion', shell], { file: null });
  writeFileSync(join(directory.path, 'completion'), script);
  writeFileSync(join(directory.path, 'hosts.csv'), '');
  const server = endpoint === undefined ? {} : { COMMCTL_ENDPOINT: endpoint, COMMCTL_TOKEN: 'x' };
  const program = join(directory.path, 'commctl');
  const main = join(import.meta.dirname, '../../src/main.ts');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${main} ctl "$@"\n`);
  chmodSync(program, 0o755);
  const child = Bun.spawn([shell, '-c', line], {
    cwd: directory.path,
    env: { PATH: `${directory.path}:${process.env.PATH ?? ''}`, HOME: directory.path, TERM: 'dumb', ...server },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe('bash', () => {
  /** Cuts a line as bash does, which knows the characters that part words. */
  const complete = (words: string, endpoint?: string) =>
    inShell(
      'bash',
      `source ./completion; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _commctl commctl; printf '%s\\n' "\${COMPREPLY[@]}"`,
      endpoint,
    );

  test.each([
    ['commctl cluster re', ['restart']],
    ["commctl host list --output ''", outputs],
    ['commctl host list --output = t', ['table']],
    ["commctl host list --output = ''", outputs],
    ['commctl host list --output =', outputs],
    ['commctl host create --file ho', ['hosts.csv']],
  ])('%s', async (words, expected) => {
    expect(await complete(words)).toEqual(expected);
  });

  // bash replaces only what is behind the last colon.
  test.each([
    ['commctl cluster get we', ['web', 'web-2']],
    ['commctl exec cluster : we', ['web', 'web-2']],
    ["commctl exec cluster ':' ''", ['staging', 'web', 'web-2']],
    ['commctl exec label : rack = 3', ['3']],
    ['commctl host list --target = cluster : web-', ['web-2']],
    ['commctl host get 192', ['192.0.2.11', '192.0.2.12']],
  ])('%s, with the names of the server', async (words, expected) => {
    using server = new TestServer(site);
    expect(await complete(words, server.url)).toEqual(expected);
  });

  test('is told to use it', async () => {
    expect(await inShell('bash', 'source ./completion; complete -p commctl')).toEqual(['complete -F _commctl commctl']);
  });
});

describe.skipIf(Bun.which('fish') === null)('fish', () => {
  test.each([
    ['commctl cluster res', ['restart\tRestart the hosts of a cluster, batch by batch']],
    ['commctl host list --output ', outputs.toSorted()],
    ['commctl host create --file ho', ['hosts.csv']],
  ])('%s', async (words, expected) => {
    const found = await inShell('fish', `source ./completion; complete -C '${words}'`);
    expect(found.toSorted()).toEqual(expected);
  });
});

describe.skipIf(Bun.which('fish') === null)('fish', () => {
  test('operations are completed with what they are', async () => {
    using server = new TestServer(site);
    const found = await inShell('fish', `source ./completion; complete -C 'commctl operation get 4'`, server.url);
    expect(found).toEqual(['44\trestart cluster:web, in_process']);
  });

  test('names of the server behind a colon', async () => {
    using server = new TestServer(site);
    const found = await inShell('fish', `source ./completion; complete -C 'commctl exec cluster:web-'`, server.url);
    expect(found).toEqual(['cluster:web-2']);
  });
});

describe.skipIf(Bun.which('zsh') === null)('zsh', () => {
  /**
   * A terminal of its own, where the line is typed and the tab key pressed once the shell shows its prompt. The quotes keep
   * the terminal's echo of the assignment from being taken for the prompt.
   */
  const typed = (words: string, endpoint?: string) =>
    inShell(
      'zsh',
      `zmodload zsh/zpty
zpty shell 'zsh -f -i'
zpty -w shell 'autoload -U compinit; compinit -u -D; source ./completion; LISTMAX=0; PS1=REA""DY'
zpty -r -m shell out '*READY*'
zpty -n -w shell $'${words}\\t'
zpty -n -w shell $'\\C-a: <\\C-e>\\n'
zpty -r -m shell out '*: <*>*' ; print -r -- $out`,
      endpoint,
    );

  test.each([
    ['commctl cluster get stag', ': <commctl cluster get staging>'],
    ['commctl exec cluster:stag', ': <commctl exec cluster:staging>'],
  ])('%s, with the names of the server', async (words, expected) => {
    using server = new TestServer(site);
    expect((await typed(words, server.url)).join('\n')).toContain(expected);
  });

  test.each([
    ['commctl cluster rest', ': <commctl cluster restart>'],
    ['commctl host create --file ho', ': <commctl host create --file hosts.csv>'],
  ])('%s', async (words, expected) => {
    expect((await typed(words)).join('\n')).toContain(expected);
  });
});
