/** A heading of a page in Markdown, with the lines below it. */
export interface Section {
  readonly title: string;
  /** Of the heading: 1 for the page. */
  readonly level: number;
  /** With the heading, and with its own sections. */
  readonly lines: readonly string[];
}

/** Every heading of a page, in order; those within code are none. */
export function sectionsOf(page: string): Section[] {
  const lines = page.split('\n');
  const headings: { title: string; level: number; at: number }[] = [];
  let isCode = false;
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('```')) isCode = !isCode;
    const [, marks = '', title = ''] = /^(#{1,6}) (.*)$/.exec(line) ?? [];
    if (!isCode && marks !== '') headings.push({ title, level: marks.length, at });
  }
  return headings.map(({ title, level, at }, index) => {
    const next = headings.slice(index + 1).find((other) => other.level <= level);
    return { title, level, lines: lines.slice(at, next?.at) };
  });
}

/** The text below a heading, without it; undefined when the page has no such heading. Case does not count. */
export function sectionNamed(page: string, title: string): string | undefined {
  const wanted = plain(title);
  const found = sectionsOf(page).find((section) => plain(section.title) === wanted);
  return found?.lines.slice(1).join('\n').trim();
}

/** A heading without its marks, in lower case. */
export function plain(title: string): string {
  return title.replaceAll('`', '').toLowerCase();
}
