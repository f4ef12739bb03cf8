import { describe, expect, test } from 'vitest';
import { commctlProgram } from '../../src/cli/commctl.ts';
import { candidatesFor } from '../../src/cli/completion/candidates.ts';
import type { Command, Group } from '../../src/cli/declaration.ts';
import { aliasesOf } from '../../src/cli/find-command.ts';
import { parse } from '../../src/cli/parser.ts';

const program = commctlProgram('commctl');

function wordsOf(line: string): readonly string[] {
  const parsed = parse(program, line.split(' '));
  if (parsed.kind !== 'command') throw new Error(`${line} is no command`);
  return parsed.words;
}

function helpOf(line: string): string {
  const parsed = parse(program, [...line.split(' '), '--help']);
  if (parsed.kind !== 'answer') throw new Error(`${line} has no help`);
  return parsed.text;
}

test.each([
  ['host ls', ['host', 'list']],
  ['host rm a', ['host', 'delete']],
  ['host show a', ['host', 'get']],
  ['host key show a', ['host', 'key', 'get']],
  ['op ls', ['operation', 'list']],
  ['op show 44', ['operation', 'get']],
  ['operation get 44', ['operation', 'get']],
  ['token show a', ['token', 'get']],
  ['container-manager ls', ['container_manager', 'list']],
  ['container_manager list', ['container_manager', 'list']],
])('%s', (line, words) => {
  expect(wordsOf(line)).toEqual(words);
});

test('no alias is the name of another command beside it, or an alias of it', () => {
  const groups = (group: Group<never>): Group<never>[] => [
    group,
    ...group.commands.flatMap((entry) => (entry.kind === 'group' ? groups(entry) : [])),
  ];
  for (const { commands } of groups(program as never)) {
    const words = commands.flatMap((entry: Command<never> | Group<never>) => [entry.name, ...aliasesOf(entry)]);
    expect(new Set(words).size).toBe(words.length);
  }
});

describe('help', () => {
  test('has the aliases on one line, of a command and of its group', () => {
    expect(helpOf('host list')).toContain('\nAliases: ls\n');
    expect(helpOf('op')).toContain('\nAliases: op\n');
    expect(helpOf('host')).toContain('\nAliases of commands: get = show, list = ls, delete = rm\n');
    expect(helpOf('host ls')).toBe(helpOf('host list'));
  });

  test('does not show a letter in two meanings, which it still takes', () => {
    const help = helpOf('host create');
    expect(help).not.toMatch(/-c[, ]/);
    const letters = ['-c=web', '-cweb', '--cluster=web'].map((word) => ['host', 'create', word, 'a', 'k']);
    for (const line of [...letters, ['host', 'create', '-c', 'web', 'a', 'k']])
      expect(parse(program, line)).toMatchObject({ values: { cluster: 'web' }, globals: { config: undefined } });
    expect(parse(program, ['-c', 'file', 'host', 'create', 'a', 'k'])).toMatchObject({ globals: { config: 'file' } });
    expect(parse(program, ['network', 'create', '-o', 'a=b', '-oc=d', 'n'])).toMatchObject({
      values: { options: ['a=b', 'c=d'] },
      globals: { output: undefined },
    });
  });
});

test('a slip gets the nearest name', () => {
  expect(() => parse(program, ['host', 'lsit'])).toThrow(/Did you mean list/);
});

test('aliases are completed where no name fits, and understood before the next word', () => {
  const of = (...line: string[]) => candidatesFor(program, line).words.map(({ word }) => word);
  expect(of('host', 'l')).toEqual(['list', 'label']);
  expect(of('host', 'ls')).toEqual(['ls']);
  expect(of('container-')).toEqual(['container-manager']);
  expect(of('host', 'ls', '--tar')).toEqual(['--target']);
});
