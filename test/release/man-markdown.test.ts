import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ManualOf, manBody } from '../../scripts/lib/man/markdown.ts';
import { page } from '../../scripts/lib/man/roff.ts';
import { sourcesIn } from '../../scripts/lib/site/sources.ts';

const root = join(import.meta.dirname, '../..');
const head = {
  title: 'commissaire-test',
  section: 7,
  summary: 'a page of the tests',
  version: '1.2.3',
  date: new Date('2026-01-02'),
} as const;
const pageOf = (markdown: string, manualOf?: ManualOf) => page(head, manBody(markdown, manualOf));

function mandoc(roff: string, ...words: string[]) {
  const { stdout, status, error } = spawnSync('mandoc', words, { input: roff, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { stdout, status };
}

const overstruck = new RegExp(`.${String.fromCharCode(8)}`, 'g');
/** What a reader sees, without bold and underlining. */
const shown = (markdown: string) =>
  mandoc(pageOf(markdown), '-T', 'utf8', '-O', 'width=78').stdout.replaceAll(overstruck, '');

describe.skipIf(Bun.which('mandoc') === null)('as mandoc reads it', () => {
  test.each(sourcesIn(root).map(({ path }) => path))('%s has no warning', (path) => {
    const roff = pageOf(readFileSync(join(root, path), 'utf8'));
    expect(mandoc(roff, '-T', 'lint', '-W', 'warning').stdout).toBe('');
  });

  test('a page has its name, its sections, and all kinds of text', () => {
    const markdown = [
      '# Title',
      '',
      'A **bold** text with `--option A` and a [page](targets.md#terms). \\.TH is no request.',
      '.SH neither',
      '',
      '## Second part',
      '',
      '- one',
      '- two that has',
      '  another line',
      '  1. inner',
      '',
      '```sh',
      ".dot 'quote' \\back -dash ~",
      '',
      'second',
      '```',
      '',
      '| name | type | meaning |',
      '| ---- | ---- | ------- |',
      '| `a`  | text | x\\|y    |',
      '| b    |      |         |',
    ].join('\n');
    const text = shown(markdown);
    expect(text).toMatch(/^COMMISSAIRE-TEST\(7\)/);
    for (const wanted of [
      'commissaire-test - a page of the tests',
      'A bold text with --option A and a page. .TH is no request. .SH neither',
      'SECOND PART',
      '• two that has another line',
      'inner',
      ".dot 'quote' \\back -dash ~",
      'type: text',
      'x|y',
    ]) {
      expect(text.replaceAll(/\s+/g, ' ')).toContain(wanted.replaceAll(/\s+/g, ' '));
    }
  });
});

test('a link to a page names its manual page, and only where there is one', () => {
  const manualOf = (name: string) => (name === 'targets.md' ? 'commissaire-targets' : undefined);
  const roff = pageOf(
    '# T\n\nSee [targets](targets.md#terms), [roles](roles.md), [a site](https://example.com).\n',
    manualOf,
  );
  expect(roff).toContain('See targets (\\fBcommissaire\\-targets\\fR(7)), roles,');
  expect(roff).toContain('(https://example.com)');
});

test('nothing that a page says is a request of roff', () => {
  for (const text of ['.so /etc/passwd', "'so x", '\\*(xx', 'a\\\n.so x', '`.so x`']) {
    for (const markdown of [`# T\n\n${text}\n`, `# T\n\n- ${text}\n`, `# T\n\n\`\`\`\n${text}\n\`\`\`\n`]) {
      const lines = pageOf(markdown).split('\n');
      expect(lines.filter((line) => /^[.']so/.test(line))).toEqual([]);
    }
  }
});
