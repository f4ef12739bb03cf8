import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commctlProgram } from '../../../src/cli/commctl.ts';
import { commissaireProgram } from '../../../src/cli/commissaire.ts';
import { parse } from '../../../src/cli/parser.ts';

const source = join(import.meta.dirname, '../../../src');

/** The texts of the product: its source without comments. */
const texts = Array.from(new Bun.Glob('**/*.ts').scanSync(source)).map((file) => {
  const code = readFileSync(join(source, file), 'utf8');
  return { file, text: code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '') };
});

/** What a message writes into a command; any other value is a word. */
const values: Readonly<Record<string, string>> = {
  number: '44',
  kind: 'restart',
  option: 'network',
  topic: 'targets',
};

const inTemplate = /\\`((?:commctl|commissaire) [^`\n]*?)\\`/g;
const quoted = /'([^'\n]*)'|"([^"\n]*)"/g;
const inText = /`((?:commctl|commissaire) [^`]*)`/g;

/** The command lines in messages, between backticks, with values in place of expressions. */
const commands = texts
  .flatMap(({ file, text }) =>
    Array.from(text.matchAll(inTemplate), ([, line]) => line)
      .concat(
        Array.from(text.matchAll(quoted), ([, one, two]) => one ?? two).flatMap((each = '') =>
          Array.from(each.matchAll(inText), ([, line]) => line),
        ),
      )
      .map((line = '') => ({
        file,
        line: line.replaceAll(/\$\{([^}]*)\}/g, (_, expression: string) => values[expression] ?? 'x1'),
      })),
  )
  .filter(({ line }) => !line.includes('…'));

/** Words between quotes are one, as in a shell. */
function wordsOf(line: string): string[] {
  const plain = line.replace(/ [<>|] .*$/, '');
  return Array.from(plain.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, one, two, word]) => one ?? two ?? word ?? '');
}

test('there are command lines in messages', () => {
  expect(commands.length).toBeGreaterThan(60);
});

describe('a command line in a message can be run', () => {
  test.each(commands)('$file: $line', ({ line }) => {
    const [name, ...words] = wordsOf(line);
    const parsed = name === 'commctl' ? parse(commctlProgram('commctl'), words) : parse(commissaireProgram, words);
    expect(parsed.kind).not.toBe('incomplete');
  });
});

test('no message names a file that the installed file does not have', () => {
  const named = texts.flatMap(({ file, text }) =>
    Array.from(text.matchAll(/(?<![./])docs\/[\w-]+\.md|ARCHITECTURE\.md|README\.md/g), ([name]) => `${file}: ${name}`),
  );
  expect(named).toEqual([]);
});
