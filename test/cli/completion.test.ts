import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commctlProgram } from '../../src/cli/commctl.ts';
import { candidatesFor } from '../../src/cli/completion/candidates.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';

const program = commctlProgram('commctl');

interface Case {
  line: string[];
  words: string[];
  files?: boolean;
}

const outputs = ['yaml', 'json', 'table', 'wide', 'name', 'jsonpath='];
const cases: Case[] = [
  { line: ['cl'], words: ['cluster'] },
  { line: ['cluster', 're'], words: ['remove', 'restart'] },
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

/** Runs a line of a shell in a directory with the script of its completion, a file, and commctl in its path. */
async function inShell(shell: 'bash' | 'zsh' | 'fish', line: string): Promise<string[]> {
  using directory = temporaryDirectory();
  const { stdout: script } = await commctl(['completion', shell], { file: null });
  writeFileSync(join(directory.path, 'completion'), script);
  writeFileSync(join(directory.path, 'hosts.csv'), '');
  const program = join(directory.path, 'commctl');
  const main = join(import.meta.dirname, '../../src/main.ts');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${main} ctl "$@"\n`);
  chmodSync(program, 0o755);
  const child = Bun.spawn([shell, '-c', line], {
    cwd: directory.path,
    env: { PATH: `${directory.path}:${process.env.PATH ?? ''}`, HOME: directory.path, TERM: 'dumb' },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe('bash', () => {
  /** Cuts a line as bash does, which knows the characters that part words. */
  const complete = (words: string) =>
    inShell(
      'bash',
      `source ./completion; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _commctl commctl; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );

  test.each([
    ['commctl cluster re', ['remove', 'restart']],
    ["commctl host list --output ''", outputs],
    ['commctl host list --output = t', ['table']],
    ["commctl host list --output = ''", outputs],
    ['commctl host list --output =', outputs],
    ['commctl host create --file ho', ['hosts.csv']],
  ])('%s', async (words, expected) => {
    expect(await complete(words)).toEqual(expected);
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

describe.skipIf(Bun.which('zsh') === null)('zsh', () => {
  /**
   * A terminal of its own, where the line is typed and the tab key pressed once the shell shows its prompt. The quotes keep
   * the terminal's echo of the assignment from being taken for the prompt.
   */
  const typed = (words: string) =>
    inShell(
      'zsh',
      `zmodload zsh/zpty
zpty shell 'zsh -f -i'
zpty -w shell 'autoload -U compinit; compinit -u -D; source ./completion; LISTMAX=0; PS1=REA""DY'
zpty -r -m shell out '*READY*'
zpty -n -w shell $'${words}\\t'
zpty -n -w shell $'\\C-a: <\\C-e>\\n'
zpty -r -m shell out '*: <*>*' ; print -r -- $out`,
    );

  test.each([
    ['commctl cluster rest', ': <commctl cluster restart>'],
    ['commctl host create --file ho', ': <commctl host create --file hosts.csv>'],
  ])('%s', async (words, expected) => {
    expect((await typed(words)).join('\n')).toContain(expected);
  });
});
