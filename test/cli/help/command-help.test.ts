import { describe, expect, test } from 'vitest';
import { commctlProgram } from '../../../src/cli/commctl.ts';
import { commissaireProgram } from '../../../src/cli/commissaire.ts';
import type { Command, Group, Program } from '../../../src/cli/declaration.ts';
import { helpOf } from '../../../src/cli/help/command-help.ts';
import { topics, topicsOfCommand } from '../../../src/cli/help/topics.ts';
import { kebab } from '../../../src/cli/kebab.ts';

interface Help {
  readonly path: string;
  readonly text: string;
  readonly options: readonly string[];
}

/** The help of the program, of its groups and of its commands. */
function helpsOf<C>(program: Program<C>): Help[] {
  const walk = (entry: Command<C> | Group<C>, words: readonly string[]): Help[] => {
    const own = entry.kind === 'command' ? entry.options : {};
    const offered = Object.entries(own).filter(([, { refused }]) => refused === undefined);
    const help = {
      path: [program.calledAs, ...words].join(' '),
      text: helpOf(entry, { program, words }),
      options: offered.map(([name]) => `--${kebab(name)}`),
    };
    const inner = entry.kind === 'group' ? entry.commands : [];
    return [help, ...inner.flatMap((each) => walk(each, [...words, each.name]))];
  };
  return walk(program, []);
}

const longest = 60;
const widest = 80;
const helps = [
  ...helpsOf(commctlProgram('commctl')),
  ...helpsOf(commctlProgram('commissaire ctl')),
  ...helpsOf(commissaireProgram),
];

describe('a help fits on a page', () => {
  test.each(helps)('$path', ({ text, options }) => {
    const lines = text.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(longest);
    expect(lines.filter((line) => Bun.stringWidth(line) > widest)).toEqual([]);
    expect(lines[0]).toMatch(/^Usage: /);
    for (const option of options) expect(text).toMatch(new RegExp(`${option}(?![a-z-])`));
    const examples = text.split('\nExamples:\n')[1]?.split('\n\n')[0] ?? '';
    expect(examples.split('\n').filter((line) => /^ {2}\S/.test(line)).length).toBeLessThanOrEqual(3);
    const [, more = ''] = /^Read more: \S+(?: ctl)? help (.*)$/m.exec(text) ?? [];
    const named = more.split(/; also |, /).filter((name) => name !== '');
    expect(named.filter((name) => !topics.some((topic) => topic.name === name))).toEqual([]);
  });
});

test('each command of commctl is in one section of its help', () => {
  const program = commctlProgram('commctl');
  const named = Object.values(program.sections ?? {}).flat();
  const names = program.commands.map(({ name }) => name);
  expect(named.filter((name) => name !== 'help').toSorted()).toEqual(names.toSorted());
});

test('options are under the heading of what they are about', () => {
  const { text = '' } = helps.find(({ path }) => path === 'commctl exec') ?? {};
  const headings = Array.from(text.matchAll(/^(\S.*):$/gm), ([, title]) => title);
  expect(headings).toEqual([
    'Arguments',
    'Options',
    'Strategy options',
    'Output options',
    'Global options',
    'Examples',
  ]);
  const strategy = text.split('Strategy options:\n')[1]?.split('\n\n')[0] ?? '';
  expect(strategy).toContain('--batch <N|N%,…>');
  expect(strategy).toContain('--gate-tcp <PORT>');
  expect(strategy).not.toContain('--user');
  expect(text).toContain('Read more: commctl help targets; also strategies, kinds');
});

test('topics of commands exist', () => {
  const words = [...commctlProgram('commctl').commands, ...commissaireProgram.commands].map(({ name }) => [name]);
  const named = words.flatMap(topicsOfCommand);
  expect(named.filter((name) => !topics.some((topic) => topic.name === name))).toEqual([]);
  expect(named.length).toBeGreaterThan(10);
});
