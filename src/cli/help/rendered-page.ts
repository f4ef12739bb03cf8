import { wrapped } from '../wrapped.ts';
import { tableLines } from './rendered-table.ts';
import { topics } from './topics.ts';

/** A line of a page on a terminal. */
export interface PageLine {
  readonly text: string;
  /** Headings stand out. */
  readonly isBold: boolean;
}

/** Lines of code are never wrapped. */
const codeIndent = '    ';

/**
 * A page in Markdown as lines for a terminal: paragraphs and tables as wide as it, code indented, links as the topics
 * that they lead to.
 *
 * @param page the name of the page, to whose own sections its links lead
 */
export function renderedPage(markdown: string, width: number): PageLine[] {
  const lines: PageLine[] = [];
  const add = (texts: readonly string[], isBold = false) => {
    lines.push(...texts.map((text) => ({ text, isBold })));
  };
  for (const { kind, lines: block } of blocksOf(markdown)) {
    if (lines.length > 0 && lines.at(-1)?.text !== '') add(['']);
    if (kind === 'heading') add(wrapped(inline(block[0]?.replace(/^#+ /, '') ?? ''), width), true);
    else if (kind === 'code') add(block.map((line) => (line === '' ? '' : codeIndent + line)));
    else if (kind === 'table') add(tableLines(rowsOf(block), width));
    else if (kind === 'list') add(itemsOf(block).flatMap((item) => itemLines(item, width)));
    else add(wrapped(inline(block.join(' ')), width));
  }
  return lines;
}

interface Block {
  kind: 'heading' | 'code' | 'table' | 'list' | 'text';
  lines: string[];
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const line of markdown.split('\n')) {
    if (open?.kind === 'code') {
      if (line.startsWith('```')) open = undefined;
      else open.lines.push(line);
      continue;
    }
    const kind = kindOf(line, open);
    if (kind === undefined) {
      open = undefined;
      continue;
    }
    if (open?.kind !== kind || kind === 'heading') {
      open = { kind, lines: [] };
      blocks.push(open);
    }
    if (kind !== 'code') open.lines.push(line);
    if (kind === 'heading') open = undefined;
  }
  return blocks;
}

/** Undefined for an empty line, which ends a block. */
function kindOf(line: string, open: Block | undefined): Block['kind'] | undefined {
  if (line.trim() === '') return undefined;
  if (line.startsWith('```')) return 'code';
  if (/^#{1,6} /.test(line)) return 'heading';
  if (line.startsWith('|')) return 'table';
  if (/^ *([-*]|\d+\.) /.test(line)) return 'list';
  // The text of an item goes on, indented or not.
  return open?.kind === 'list' ? 'list' : 'text';
}

interface Item {
  readonly mark: string;
  readonly depth: number;
  text: string;
}

function itemsOf(lines: readonly string[]): Item[] {
  const items: Item[] = [];
  for (const line of lines) {
    const [, indent = '', mark, text = ''] = /^( *)([-*]|\d+\.) (.*)$/.exec(line) ?? [];
    const last = items.at(-1);
    if (mark !== undefined) items.push({ mark: mark === '*' ? '-' : mark, depth: indent.length, text });
    else if (last !== undefined) last.text += ` ${line.trim()}`;
  }
  return items;
}

function itemLines({ mark, depth, text }: Item, width: number): string[] {
  const begin = `${' '.repeat(depth)}${mark} `;
  const [first = '', ...more] = wrapped(inline(text), width - begin.length);
  return [begin + first, ...more.map((line) => ' '.repeat(begin.length) + line)];
}

/** The cells of a table; the line below its headings has none. */
function rowsOf(lines: readonly string[]): string[][] {
  const rows = lines.map((line) =>
    line
      .replace(/^\|/, '')
      .replace(/\|\s*$/, '')
      .split(/(?<!\\)\|/)
      .map((cell) =>
        inline(
          cell
            .replaceAll('\\|', '|')
            .replaceAll(/<br ?\/?>/g, ' ')
            .trim(),
        ),
      ),
  );
  return rows.filter((cells) => !cells.every((cell) => /^:?-+:?$/.test(cell)));
}

/** Text without the marks of Markdown. Code keeps its backticks, by which a person knows what to type. */
function inline(text: string): string {
  return text
    .replaceAll(/!\[([^\]]*)\]\([^)\s]+\)/g, '$1')
    .replaceAll(/\[([^\]]+)\]\(([^)\s]+)\)/g, (_, label: string, target: string) => linked(label, target))
    .replaceAll(/\*\*([^*]+)\*\*/g, '$1')
    .replaceAll(/(?<![\w*`])[*_]([^*_`]+)[*_](?![\w*`])/g, '$1')
    .replaceAll('\\|', '|')
    .replaceAll('\\_', '_');
}

function linked(label: string, target: string): string {
  if (/^https?:/.test(target)) return label === target ? target : `${label} (${target})`;
  const [, page] = /^(?:\.\/)?([a-z-]+)\.md(?:#.*)?$/.exec(target) ?? [];
  const topic = topicFor(page);
  if (topic === undefined) return label;
  const command = `\`commctl help ${topic}\``;
  return /\.md\b/.test(label) ? command : `${label} (${command})`;
}

function topicFor(page: string | undefined): string | undefined {
  return topics.find((topic) => topic.page === page && topic.section === undefined)?.name;
}
