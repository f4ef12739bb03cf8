import { escaped } from './escaped.ts';
import type { Group } from './navigation.ts';
import type { Heading } from './rendered.ts';

export interface Page {
  readonly file: string;
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** A whole page. It has no inline script and no inline style, and all its links are relative. */
export function layout({ file, html, headings }: Page, groups: readonly Group[], version: string): string {
  const title = headings.find(({ level }) => level === 1)?.title ?? 'Commissaire';
  const name = file === 'index.html' ? 'Commissaire: the manual' : `${title} – Commissaire`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(name)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="site.css">
<script src="theme.js"></script>
<script src="site.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<button id="menu" type="button" aria-expanded="false" aria-controls="navigation" hidden>Menu</button>
<a class="home" href="index.html">Commissaire</a>
<form id="search" role="search" hidden>
<input id="query" type="search" placeholder="Search (press /)" aria-label="Search the manual" autocomplete="off"
 spellcheck="false" role="combobox" aria-expanded="false" aria-controls="results" aria-autocomplete="list">
<ul id="results" role="listbox" aria-label="Found sections" hidden></ul>
<p id="found" class="unseen" role="status"></p>
</form>
<button id="theme" type="button" hidden>Theme</button>
</header>
<div class="columns">
<nav id="navigation" aria-label="Pages">
${groups.map((group) => groupOf(group, file)).join('\n')}
</nav>
<main id="content" tabindex="-1">
${html}
<footer>Commissaire ${escaped(version)}</footer>
</main>
${contentsOf(headings)}
</div>
</body>
</html>
`;
}

function groupOf({ title, links }: Group, current: string): string {
  const items = links.map(({ label, file }) => {
    const mark = file === current ? ' aria-current="page"' : '';
    return `<li><a href="${file}"${mark}>${escaped(label)}</a></li>`;
  });
  return `<h2>${escaped(title)}</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
}

/** The sections of the page, when there is more than one. */
function contentsOf(headings: readonly Heading[]): string {
  const shown = headings.filter(({ level }) => level === 2 || level === 3);
  if (shown.length < 2) return '';
  const items = shown.map(
    ({ level, title, anchor }) => `<li class="level-${level}"><a href="#${anchor}">${escaped(title)}</a></li>`,
  );
  return `<nav class="contents" aria-label="On this page">\n<h2>On this page</h2>\n<ul>\n${items.join('\n')}\n</ul>\n</nav>`;
}
