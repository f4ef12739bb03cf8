import { Slugs } from './slugs.ts';

/** A piece of a page that the search finds: a heading, and the text up to the next heading. */
export interface Section {
  readonly title: string;
  readonly anchor: string;
  readonly text: string;
}

/** Marks a heading in the text. Markdown does not let it through (CommonMark, 2.3). */
const mark = '\u0000';

/** The sections of a page, in order. */
export function sectionsOf(markdown: string): Section[] {
  const spaced = (inner: string) => `${inner} `;
  const text = Bun.markdown.render(
    markdown,
    {
      heading: (inner) => `${mark}${inner}\n`,
      paragraph: spaced,
      code: spaced,
      listItem: spaced,
      th: spaced,
      td: spaced,
      image: spaced,
    },
    { noHtmlBlocks: true, noHtmlSpans: true },
  );
  const slugs = new Slugs();
  const [, ...parts] = text.split(mark);
  return parts.map((part) => {
    const [title = '', ...lines] = part.split('\n');
    return { title, anchor: slugs.next(title), text: lines.join(' ').replaceAll(/\s+/g, ' ').trim() };
  });
}
