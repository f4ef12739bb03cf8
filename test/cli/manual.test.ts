import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commctlProgram } from '../../src/cli/commctl.ts';
import type { Command, Group } from '../../src/cli/declaration.ts';
import { exitCode } from '../../src/cli/exit-code.ts';
import { kebab } from '../../src/cli/kebab.ts';
import { parse } from '../../src/cli/parser.ts';

const manual = readFileSync(new URL('../../docs/commctl.md', import.meta.url), 'utf8');
const program = commctlProgram('commctl');
const commands = program.commands.flatMap((entry) => commandsOf(entry, 'commctl'));

/** Every command with the words that lead to it. */
function commandsOf<C>(entry: Command<C> | Group<C>, before: string): { path: string; command: Command<C> }[] {
  const path = `${before} ${entry.name}`;
  return entry.kind === 'command'
    ? [{ path, command: entry }]
    : entry.commands.flatMap((each) => commandsOf(each, path));
}

function sectionOf(path: string): string {
  const [, rest = ''] = manual.split(`\n### ${path}\n`);
  return rest.split(/\n##/)[0] ?? '';
}

describe('docs/commctl.md', () => {
  test('has a section for each command and no other', () => {
    const sections = [...manual.matchAll(/^### (.*)$/gm)].map(([, title]) => title);
    expect(sections.toSorted()).toEqual(commands.map(({ path }) => path).toSorted());
  });

  test.each(commands)('explains the options and arguments of $path', ({ path, command }) => {
    const section = sectionOf(path);
    const offered = Object.entries(command.options).filter(([, { refused }]) => refused === undefined);
    for (const [name] of offered) expect(section).toContain(`--${kebab(name)}`);
    for (const name of Object.keys(command.arguments)) expect(section).toContain(kebab(name).toUpperCase());
    expect(section).toContain(`\n$ ${path}`);
  });

  test('explains the global options', () => {
    for (const name of Object.keys(program.globals)) expect(manual).toContain(`--${kebab(name)}`);
  });

  test('has every exit code', () => {
    const codes = [...manual.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(exitCode));
  });
});

const examples = commands.flatMap(({ path, command }) => command.examples.map((example) => ({ path, example })));

test('every command has an example', () => {
  expect(commands.filter(({ command }) => command.examples.length === 0)).toEqual([]);
});

test.each(examples)('$example is a command line of $path', ({ path, example }) => {
  const [line = ''] = example.split(' <');
  const words = line.split(' ').slice(1);
  expect(line.startsWith(`${path} `) || line === path).toBe(true);
  expect(parse(program, words)).toMatchObject({ kind: 'command', command: { name: path.split(' ').at(-1) } });
});
