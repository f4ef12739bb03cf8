import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type ServerOption, serverOptions } from '../../src/config/options.ts';

const manual = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

function row({ name, flag, short, argument, env, default: value, defaultText, file, help }: ServerOption): string {
  const long = flag === undefined ? '' : `\`--${flag}${argument === undefined ? '' : ` ${argument}`}\``;
  const flags = [short === undefined ? '' : `\`-${short}\``, long].filter((text) => text !== '').join(', ');
  const fallback = value === undefined ? (defaultText ?? 'none') : `\`${value}\``;
  const cells = [file ? `\`${name}\`` : '–', flags || '–', env === undefined ? '–' : `\`${env}\``, fallback, help];
  return `| ${cells.join(' | ')} |`;
}

test('the manual lists every option as the table has it, and no other', () => {
  const section = manual.split('\n## ').find((text) => text.startsWith('Options\n')) ?? '';
  const [, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'));
  // The formatter aligns the columns.

  expect(rows.map((line) => line.replace(/ +/g, ' '))).toEqual(serverOptions.map(row));
});

test('names, flags, letters and variables are unique', () => {
  for (const pick of ['name', 'flag', 'short', 'env'] as const) {
    const values = serverOptions.flatMap((option) => option[pick] ?? []);
    expect(new Set(values).size).toBe(values.length);
  }
});
