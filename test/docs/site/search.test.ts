import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildSite } from '../../../scripts/lib/site/build-site.ts';

interface Found {
  file: string;
  page: string;
  anchor: string;
  heading: string;
  excerpt: [before: string, word: string, after: string];
}
interface Globals {
  commissaireManual: string[][];
  findInManual: (rows: string[][], query: string) => Found[];
}

const site = buildSite(join(import.meta.dirname, '../../..'), '1');
/** The two scripts set members of the global object, as in a browser. */
const globals: Partial<Globals> = {};
for (const script of ['search-index.js', 'search.js']) new Function('globalThis', site.get(script) ?? '')(globals);
const { commissaireManual: rows = [], findInManual = () => [] } = globals;
const find = (query: string) => findInManual(rows, query);

const first: [query: string, place: string][] = [
  ['login_refused', 'errors.html#login_refused'],
  ['commctl host list', 'commctl.html#commctl-host-list'],
  ['exit codes', 'commctl.html#exit-codes'],
  ['Unix socket', 'configuration.html#the-unix-socket'],
  ['rotate master key', 'secrets.html#'],
];

test.each(first)('the best answer to "%s" is %s', (query, place) => {
  const [best] = find(query);
  expect(`${best?.file}#${best?.anchor}`).toContain(place);
});

test('every section of every page is found, and leads to an anchor that the page has', () => {
  expect(rows.length).toBeGreaterThan(300);
  for (const [file = '', , anchor = ''] of rows) expect(site.get(file)).toContain(` id="${anchor}"`);
});

test('a section must have all words, in any order and case', () => {
  const found = find('SELECTOR label node');
  expect(found.length).toBeGreaterThan(0);
  for (const { file, anchor } of found) {
    const text = rows
      .find(([rowFile, , rowAnchor]) => rowFile === file && rowAnchor === anchor)
      ?.join(' ')
      .toLowerCase();
    for (const word of ['selector', 'label', 'node']) expect(text).toContain(word);
  }
  expect(find('selector zzzzqqq')).toEqual([]);
});

test.each(['', '   ', '\u0000', '*.[(', '"'.repeat(5000)])('the query %j breaks nothing', (query) => {
  expect(find(query).length).toBeLessThanOrEqual(30);
});

test('an excerpt shows the word that was found', () => {
  const [
    {
      excerpt: [before, word, after],
    } = { excerpt: ['', '', ''] },
  ] = find('clustershell');
  expect(word.toLowerCase()).toBe('clustershell');
  expect(`${before}${word}${after}`.length).toBeLessThan(250);
});
