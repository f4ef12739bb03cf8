import type { Roff } from './roff.ts';
import { filled, roffText, spacedCode } from './roff-text.ts';

/** The name of the manual page for a page of `docs/`, such as `targets.md`; undefined where there is none. */
export type ManualOf = (page: string) => string | undefined;

/**
 * Markdown of `docs/` as the body of a page, in the macros of man(7). Tables become lists of terms, because a terminal has
 * not the width of a browser. Headings of the second level are the sections; text before the first is the description.
 */
export function manBody(markdown: string, manualOf: ManualOf = () => undefined): Roff {
  // Cells of tables have their lines apart by tags.
  const text = markdown.replaceAll(/<br ?\/?>/g, ', ');
  const body = Bun.markdown.render(text, callbacks(manualOf), { noHtmlBlocks: true, noHtmlSpans: true });
  const lines = tidied(body.split('\n'));
  return lines[0]?.startsWith('.SH ') ? lines : tidied(['.SH DESCRIPTION', ...lines]);
}

function callbacks(manualOf: ManualOf): Parameters<typeof Bun.markdown.render>[1] {
  const tables = new TableLists();
  return {
    ...tables.callbacks,
    text: roffText,
    codespan: (inner) => `\\fB${spacedCode(inner)}\\fR`,
    strong: (inner) => `\\fB${inner}\\fR`,
    emphasis: (inner) => `\\fI${inner}\\fR`,
    image: (alt) => `[${alt}]`,
    link: (inner, { href }) => linked(inner, href, manualOf),
    heading: (inner, { level }) => headingOf(inner, level),
    paragraph: (inner) => `\n.PP\n${filled(inner)}\n`,
    blockquote: (inner) => `\n.RS 4\n${inner}\n.RE\n`,
    code: (inner) => `\n.PP\n.RS 4\n.nf\n${inner.replace(/\n$/, '').replaceAll(/^(?=[.'])/gm, '\\&')}\n.fi\n.RE\n`,
    listItem: (inner, { ordered, index, start = 1 }) => {
      const mark = ordered ? `${start + index}. 4` : '\\(bu 2';
      return `\n.IP ${mark}\n${itemText(inner)}\n`;
    },
    list: (inner, { depth }) => (depth === 0 ? inner : `\n.RS 4${inner}.RE\n`),
    hr: () => '\n',
  };
}

/** The title of the page is its name already. */
function headingOf(inner: string, level: number): string {
  const text = inner.replaceAll(/\\f[BIR]/g, '');
  if (level === 1) return '';
  if (level === 2) return `\n.SH "${text.toUpperCase().replaceAll('"', '\\(dq')}"\n`;
  return `\n.SS "${text.replaceAll('"', '\\(dq')}"\n`;
}

/** A paragraph of an item, or its text alone; further ones are apart, and keep the indentation. */
function itemText(inner: string): string {
  const text = inner.trim();
  if (!text.startsWith('.')) {
    const at = text.search(/\n\.(?:RS|PP|IP)\b/);
    return at < 0 ? filled(text) : `${filled(text.slice(0, at))}${text.slice(at).replaceAll('\n.PP\n', '\n.sp\n')}`;
  }
  return text.replace(/^\.PP\n/, '').replaceAll('\n.PP\n', '\n.sp\n');
}

function linked(inner: string, href: string, manualOf: ManualOf): string {
  if (/^https?:/.test(href)) return `${inner} (${roffText(href)})`;
  const [, page] = /([a-z-]+\.md)(?:#.*)?$/.exec(href) ?? [];
  const manual = page === undefined ? undefined : manualOf(page);
  return manual === undefined ? inner : `${inner} (\\fB${roffText(manual)}\\fR(7))`;
}

/** Rows of tables, as terms with what the other cells say below them. */
class TableLists {
  #cells: string[] = [];
  #headings: string[] = [];

  readonly callbacks = {
    th: (inner: string) => this.#cell(inner),
    td: (inner: string) => this.#cell(inner),
    tr: () => this.#row(),
    thead: (inner: string) => {
      this.#headings = inner.trim() === '' ? [] : inner.trim().split(cellEnd);
      return '';
    },
    tbody: (inner: string) => this.#terms(inner),
    table: (inner: string) => `${inner}\n`,
  };

  #cell(inner: string): string {
    this.#cells.push(inner);
    return '';
  }

  #row(): string {
    const row = this.#cells.join(cellEnd);
    this.#cells = [];
    return `${row}${rowEnd}`;
  }

  #terms(inner: string): string {
    const rows = inner.split(rowEnd).slice(0, -1);
    return rows.map((row) => this.#term(row.split(cellEnd))).join('');
  }

  #term([term = '', ...others]: string[]): string {
    const headings = this.#headings.map((heading) => heading.replace(rowEnd, ''));
    const lines = others.flatMap((cell, index) => {
      if (cell === '') return [];
      const heading = headings[index + 1] ?? '';
      const isLast = index === others.length - 1;
      return [filled(heading === '' || isLast ? cell : `${heading}: ${cell}`)];
    });
    const text = lines.length === 0 ? '\\&' : lines.join('\n.br\n');
    return `\n.TP\n${filled(term === '' ? '\\&' : term).replaceAll('\n', ' ')}\n${text}\n`;
  }
}

/** Markdown lets neither of them through (CommonMark, 2.3, and the tables of GFM). */
const cellEnd = '\u001f';
const rowEnd = '\u001e';

/** Without empty lines, which roff would show, and paragraphs that a heading or a list begins anyway. */
function tidied(lines: readonly string[]): string[] {
  let isCode = false;
  const kept: string[] = [];
  for (const line of lines) {
    if (line === '.nf') isCode = true;
    if (line === '.fi') isCode = false;
    if (line === '' && !isCode) continue;
    const last = kept.at(-1) ?? '';
    if (/^\.S[HS] /.test(last) && line === '.PP') continue;
    kept.push(line);
  }
  return kept;
}
