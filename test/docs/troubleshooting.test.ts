import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checks } from '../../src/upkeep/doctor/checks.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'src', name), 'utf8'))
  // Values stand where the page has an ellipsis; long messages are written in several pieces.
  .map((text) => text.replace(/['`]\s*\+\s*['`]/g, '').replace(/\$\{[^}]*\}/g, '…'))
  .join('\n');

const messages = Array.from(page.matchAll(/^### `([^`]+)`/gm), ([, message = '']) => message);

test('the headings quote messages', () => {
  expect(messages.length).toBeGreaterThan(12);
});

test.each(messages)('the product says: %s', (message) => {
  const pieces = message
    .split('…')
    .map((piece) => piece.trim())
    .filter((piece) => piece.length > 2);
  expect(pieces.filter((piece) => !source.includes(piece))).toEqual([]);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeGreaterThan(12);
});

test('every check of doctor is explained, and no other', () => {
  const table = page.slice(page.indexOf('| check '));
  const explained = Array.from(table.matchAll(/^\| ([\w ]+?) +\|/gm), ([, name = '']) => name).slice(1);
  expect(explained.toSorted()).toEqual(checks.map(({ name }) => name).toSorted());
});
