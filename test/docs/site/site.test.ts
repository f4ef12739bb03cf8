import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildSite } from '../../../scripts/lib/site/build-site.ts';
import { brokenLinks } from '../../../scripts/lib/site/check-links.ts';
import { rendered } from '../../../scripts/lib/site/rendered.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const root = join(import.meta.dirname, '../../..');
const site = buildSite(root, '1.2.3');
const pages = [...site].filter(([file]) => file.endsWith('.html'));

test('every link of the manual leads to a page and a section of it', () => {
  expect(pages.length).toBeGreaterThan(20);
  expect(brokenLinks(site)).toEqual([]);
});

test('a link that leads nowhere is found, on whichever page it is', () => {
  const broken = new Map(site);
  broken.set(
    'targets.html',
    `${site.get('targets.html')}<a href="nowhere.html"></a><img src="https://example.com/x.png">`,
  );
  broken.set('roles.html', `${site.get('roles.html')}<a href="targets.html#no-such-section"></a>`);
  expect(brokenLinks(broken).toSorted()).toEqual([
    'roles.html: targets.html#no-such-section',
    'targets.html: https://example.com/x.png',
    'targets.html: nowhere.html',
  ]);
});

test.each(pages)('%s has one title, and no script and no style of its own', (_, html) => {
  expect(html.match(/<h1 /g)).toHaveLength(1);
  expect(html).not.toMatch(/<style|<script(?! src="[a-z-]+\.js"( defer)?><\/script>)| style=| on[a-z]+="/);
  expect(html).not.toMatch(/<(script|link|img|iframe)[^>]*(https?:)?\/\//);
});

test('a page that no list of the front page names ends the build', () => {
  using directory = temporaryDirectory();
  for (const name of ['docs', 'README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']) {
    cpSync(join(root, name), join(directory.path, name), { recursive: true });
  }
  writeFileSync(join(directory.path, 'docs/forgotten.md'), '# Forgotten\n');
  expect(() => buildSite(directory.path, '1')).toThrow('docs/README.md must list docs/forgotten.md');
  const front = join(directory.path, 'docs/README.md');
  const text = readFileSync(front, 'utf8');
  writeFileSync(front, text.replace('(targets.md)', '(no-such-page.md)'));
  expect(() => buildSite(directory.path, '1')).toThrow('docs/README.md lists no-such-page.md');
});

/** By GitHub: a link is written once, and right there and in the manual. */
const anchors: [heading: string, anchor: string][] = [
  ['Exit codes', 'exit-codes'],
  ['`commctl host list`', 'commctl-host-list'],
  ['host_not_found', 'host_not_found'],
  ['What is `a.b`? Yes & no', 'what-is-ab-yes--no'],
  ['Größe', 'größe'],
];

describe('a page', () => {
  const html = (markdown: string) => rendered(markdown, (target) => target).html;

  test.each(anchors)('has for the heading %s the anchor %s', (heading, anchor) => {
    expect(rendered(`# Page\n\n## ${heading}\n`, () => undefined).headings.at(-1)?.anchor).toBe(anchor);
  });

  test('counts headings that are the same', () => {
    const { headings } = rendered('# A\n\n## B\n\n## B\n\n## B\n', () => undefined);
    expect(headings.map(({ anchor }) => anchor)).toEqual(['a', 'b', 'b-1', 'b-2']);
  });

  test('shows what looks like HTML as text', () => {
    expect(html('A <b>word</b>\n\n<script>alert(1)</script>\n')).not.toMatch(/<b>|<script/);
    expect(html('```sh\necho "<a>" & true\n```\n')).toContain('echo &quot;&lt;a&gt;&quot; &amp; true');
    expect(html('[a](x"onclick="y)')).not.toContain('"onclick="');
  });

  test('keeps a bar in a cell, and the number that a list begins with', () => {
    expect(html('| a |\n| --- |\n| `x\\|y` |\n')).toContain('<td><code>x|y</code></td>');
    expect(html('3. c\n4. d\n')).toContain('<ol start="3">');
  });
});
