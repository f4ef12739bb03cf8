import { wrapped } from '../../../src/cli/wrapped.ts';

/** Source lines of a man page in man(7). */
export type Roff = readonly string[];

/** What the first line of a page says. */
export interface PageHead {
  readonly title: string;
  readonly section: 1 | 5 | 7 | 8;
  readonly summary: string;
  readonly date: Date;
  readonly version: string;
}

const manual = { 1: 'User Commands', 5: 'File Formats', 7: 'Miscellaneous', 8: 'System Administration' } as const;

/** A whole page, whose name ends with its section: `commctl-host.1`. */
export function page(head: PageHead, ...parts: readonly Roff[]): string {
  const { title, section, summary, date, version } = head;
  const [day, source] = [date.toISOString().slice(0, 10), `commissaire ${version}`];
  const lines = [
    '.\\" Made from the declarations of the program.',
    `.TH ${quoted(title.toUpperCase())} ${section} ${day} ${quoted(source)} ${quoted(manual[section])}`,
    // Left-aligned and without hyphens: names and options must stay as they are typed.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${literal(title)} \\- ${prose(summary)}`,
    ...parts.flat(),
  ];
  return `${lines.filter((line, index) => !(line === '.PP' && isHeading(lines[index - 1]))).join('\n')}\n`;
}

/** A heading begins a paragraph itself. */
function isHeading(line = ''): boolean {
  return line.startsWith('.SH') || line.startsWith('.SS');
}

export function section(title: string, ...parts: readonly Roff[]): Roff {
  const lines = parts.flat();
  return lines.length === 0 ? [] : [heading(title), ...lines];
}

function heading(title: string): string {
  return `.SH ${quoted(title.toUpperCase())}`;
}

/** A term, already in roff, and what is to be said about it. */
export function item(term: string, ...texts: readonly string[]): Roff {
  return ['.TP', term, ...texts.flatMap((text, index) => [...(index === 0 ? [] : ['.IP']), ...filled(text)])];
}

export function paragraph(text: string): Roff {
  return ['.PP', ...filled(text)];
}

/** Lines that stay as they are. */
export function example(lines: readonly string[]): Roff {
  return ['.PP', '.RS 4', '.nf', ...lines.map((line) => protectedLine(literal(line))), '.fi', '.RE'];
}

export function bold(text: string): string {
  return `\\fB${literal(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${literal(text)}\\fR`;
}

/** Text as it is typed: its hyphens are those of the keyboard. */
export function literal(text: string): string {
  return escaped(text).replaceAll('-', '\\-');
}

/** Text to read, in the Markdown of the documents: code and strong words are bold, a link is its text. */
export function prose(markdown: string): string {
  const pattern = /``? ?([^`]+?) ?``?|\*\*([^*]+)\*\*|\[([^\]]+)\]\([^)]*\)|(?<![\w*])_([^_]+)_(?!\w)/g;
  let done = 0;
  let text = '';
  for (const match of markdown.matchAll(pattern)) {
    const [whole, code, strong, link, stressed] = match;
    text += escaped(markdown.slice(done, match.index));
    if (code !== undefined) text += breakable(bold(code));
    else if (strong !== undefined) text += `\\fB${escaped(strong)}\\fR`;
    else if (stressed !== undefined) text += `\\fI${escaped(stressed)}\\fR`;
    else text += prose(link ?? '');
    done = match.index + whole.length;
  }
  return text + escaped(markdown.slice(done));
}

/** A long word may be broken after a separator, where a terminal is narrow. */
function breakable(roff: string): string {
  return roff.length > 40 ? roff.replace(/[/?&,=](?=\S)/g, '$&\\:') : roff;
}

/** Short lines of source, none of which is a request. */
function filled(markdown: string): Roff {
  return wrapped(prose(markdown), 76).map((line) => protectedLine(line.trimEnd()));
}

function protectedLine(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Beyond ASCII as `\[u2026]`, which groff and mandoc know in every locale. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replace(
      /[^\p{ASCII}]/gu,
      (char) => `\\[u${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

function quoted(value: string): string {
  return `"${literal(value).replaceAll('"', '\\(dq')}"`;
}
