import { escaped, textOf } from './escaped.ts';
import { Slugs } from './slugs.ts';

export interface Heading {
  /** 1 for the title of the page. */
  readonly level: number;
  readonly title: string;
  readonly anchor: string;
}

/** A page as HTML, without its frame. */
export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** Where a link or an image of a page leads in the manual. Undefined for what the manual does not have. */
export type Resolve = (target: string) => string | undefined;

/** Raw HTML in a page is shown as text. */
const options = { noHtmlBlocks: true, noHtmlSpans: true };

/** Renders the Markdown of a page. A link that leads nowhere in the manual becomes its text. */
export function rendered(markdown: string, resolve: Resolve): Rendered {
  const headings: Heading[] = [];
  const slugs = new Slugs();
  const html = Bun.markdown.render(
    markdown,
    {
      ...blocks,
      heading: (inner, { level }) => {
        const title = textOf(inner);
        const anchor = slugs.next(title);
        headings.push({ level, title, anchor });
        const link = level === 1 ? '' : ` <a class="anchor" href="#${anchor}" aria-label="Link to this section">#</a>`;
        return `<h${level} id="${anchor}">${inner}${link}</h${level}>\n`;
      },
      link: (inner, { href }) => {
        const target = resolve(href);
        return target === undefined ? inner : `<a href="${escaped(target)}">${inner}</a>`;
      },
      image: (alt, { src }) => {
        const target = resolve(src);
        return target === undefined ? alt : `<img src="${escaped(target)}" alt="${alt}">`;
      },
    },
    options,
  );
  return { html, headings };
}

const blocks = {
  text: escaped,
  paragraph: (inner: string) => `<p>${inner}</p>\n`,
  blockquote: (inner: string) => `<blockquote>\n${inner}</blockquote>\n`,
  hr: () => '<hr>\n',
  strong: (inner: string) => `<strong>${inner}</strong>`,
  emphasis: (inner: string) => `<em>${inner}</em>`,
  codespan: (inner: string) => `<code>${inner}</code>`,
  // Wide code and wide tables scroll by themselves; what scrolls can have the focus of the keyboard.
  code: (inner: string) => `<div class="code"><pre tabindex="0"><code>${inner}</code></pre></div>\n`,
  table: (inner: string) => `<div class="table" tabindex="0"><table>\n${inner}</table></div>\n`,
  thead: (inner: string) => `<thead>${inner}</thead>\n`,
  tbody: (inner: string) => `<tbody>\n${inner}</tbody>\n`,
  tr: (inner: string) => `<tr>${inner}</tr>\n`,
  th: (inner: string) => (inner === '' ? '<td></td>' : `<th scope="col">${inner}</th>`),
  td: (inner: string) => `<td>${inner}</td>`,
  list: (inner: string, { ordered, start }: { ordered: boolean; start?: number | undefined }) => {
    if (!ordered) return `<ul>\n${inner}</ul>\n`;
    return `<ol${start === undefined || start === 1 ? '' : ` start="${start}"`}>\n${inner}</ol>\n`;
  },
  listItem: (inner: string) => `<li>${inner}</li>\n`,
};
