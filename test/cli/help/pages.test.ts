import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pageText } from '../../../src/cli/help/pages.ts';
import { renderedPage } from '../../../src/cli/help/rendered-page.ts';
import { sectionsOf } from '../../../src/cli/help/sections.ts';
import { topics } from '../../../src/cli/help/topics.ts';
import { commctl, commctlOnTerminal } from '../support/commctl.ts';

/** For people who work on the product; an operator needs none of them. */
const notForOperators = ['README', 'adding-a-noun', 'client', 'dependencies', 'runnable-examples'];

test('every page for operators is a topic', () => {
  const files = readdirSync(join(import.meta.dirname, '../../../docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.replace(/\.md$/, ''));
  const pages = new Set<string>(topics.map(({ page }) => page));
  expect(files.filter((file) => !pages.has(file)).toSorted()).toEqual(notForOperators);
});

describe('a topic is shown as text for a terminal', () => {
  test.each(topics)('$name', async ({ name, page, section }) => {
    const markdown = await pageText(page);
    if (section !== undefined) expect(sectionsOf(markdown).map(({ title }) => title)).toContain(section);
    const lines = renderedPage(markdown, 80);
    const text = lines.map((line) => line.text).join('\n');
    expect(lines.filter((line) => line.isBold).length).toBe(sectionsOf(markdown).length);
    // Code, and words that cannot be cut, may be wider.
    const wide = lines.filter(({ text: line }) => Bun.stringWidth(line) > 80 && line.trim().includes(' '));
    expect(wide.filter(({ text: line }) => !line.startsWith('    '))).toEqual([]);
    expect(text).not.toMatch(/\]\([^)\n]*\.md|\*\*[A-Za-z]|^\|[- |]+\|$|^```|^#+ /m);
    const answer = await commctl(['help', name]);
    expect(answer).toMatchObject({ exitCode: 0, stderr: '' });
    expect(answer.stdout.length).toBeGreaterThan(300);
    for (const [, named] of answer.stdout.matchAll(/`commctl help ([a-z-]+)`/g)) {
      expect(topics.map((topic) => topic.name)).toContain(named);
    }
  });
});

test('the parts of Markdown', () => {
  const markdown = [
    '# One `two`',
    '',
    'A **bold** text with a [page](roles.md#bindings), [targets.md](targets.md),',
    'a [place](#here) and a [site](https://example.com).',
    '',
    '- first point that is so long that it needs another line',
    '  and goes on',
    '- second',
    '',
    '![A picture is told in words.](picture.svg)',
    '',
    '```sh',
    'commctl   exec',
    '# no heading',
    '```',
    '',
    '| a    | long name of a column |',
    '| ---- | --------------------- |',
    '| x\\|y | words that are wrapped in their column and not cut |',
  ].join('\n');
  expect(renderedPage(markdown, 50).map(({ text }) => text)).toEqual([
    'One `two`',
    '',
    'A bold text with a page (`commctl help roles`),',
    '`commctl help targets`, a place and a site',
    '(https://example.com).',
    '',
    '- first point that is so long that it needs',
    '  another line and goes on',
    '- second',
    '',
    'A picture is told in words.',
    '',
    '    commctl   exec',
    '    # no heading',
    '',
    'a    long name of a column',
    '---  ---------------------------------------------',
    'x|y  words that are wrapped in their column and',
    '     not cut',
  ]);
});

test('a table without room for its columns is a list', () => {
  const row = `| \`name\` | \`--option\` | ${'meaning '.repeat(12).trim()} |`;
  const lines = renderedPage(['| member | option | what |', '| - | - | - |', row].join('\n'), 40);
  expect(lines.map(({ text }) => text)).toEqual([
    '`name`',
    '    option: `--option`',
    '    meaning meaning meaning meaning',
    '    meaning meaning meaning meaning',
    '    meaning meaning meaning meaning',
  ]);
});

test('help lists the topics', async () => {
  const { exitCode, stdout } = await commctl(['help']);
  expect(exitCode).toBe(0);
  for (const { name, summary } of topics) expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
});

test('a section of a page', async () => {
  const { stdout } = await commctl(['help', 'errors', 'host_not_found']);
  expect(stdout).toMatch(/^host_not_found\n\nStatus 404/);
  expect(await commctl(['help', 'errors', 'host_not_fuond'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'commctl: the page errors has no section "host_not_fuond"\nhint: did you mean "host_not_found"?\n',
  });
});

test('a topic that does not exist: the nearest one', async () => {
  expect(await commctl(['help', 'stratgies'])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: "commctl: there is no command or topic 'stratgies'\nhint: see `commissaire ctl help strategies`\n",
  });
});

test('the server program has the same pages', async () => {
  const { exitCode, stdout } = await commctl(['help', 'configuration'], { program: [] });
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringContaining('Configuration of the server') });
});

describe('on a terminal', () => {
  test('the pager of the environment shows a long page', async () => {
    const { exitCode, screen } = await commctlOnTerminal(['help', 'targets'], {
      environment: { PAGER: 'sed s/^/PAGED:/' },
    });
    expect(exitCode).toBe(0);
    expect(screen).toContain('PAGED:Targets\r\n');
  });

  test('headings are bold without one, and not with NO_COLOR', async () => {
    const { screen } = await commctlOnTerminal(['help', 'targets'], { environment: { PAGER: '' } });
    expect(screen).toContain('\u001b[1mTargets\u001b[0m\r\n');
    const plain = await commctlOnTerminal(['help', 'targets'], { environment: { PAGER: '', NO_COLOR: '1' } });
    expect(plain.screen).toContain('Targets\r\n');
    expect(plain.screen).not.toContain('\u001b[1m');
  });

  test('a pager that does not exist is none', async () => {
    const { exitCode, screen } = await commctlOnTerminal(['help', 'targets'], {
      environment: { PAGER: 'no-such-pager' },
    });
    expect(exitCode).toBe(0);
    expect(screen).toContain('A target is an expression that selects hosts:');
  });
});
