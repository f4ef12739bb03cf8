import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/threat-model.md'), 'utf8');

test('every claim of the threat model names a test that is there', () => {
  const rows = page.split('\n').filter((line) => /^\| (?!attempt|who|-)/.test(line) && line.split('|').length === 5);
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const named = Array.from(row.matchAll(/`(test\/[^`]+)`/g), ([, path = '']) => path);
    expect(named, row).not.toEqual([]);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  }
});
