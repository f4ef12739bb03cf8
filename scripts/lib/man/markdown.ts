import { bullet, example, heading, item, paragraph, prose, type Roff, subsection } from './roff.ts';

type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'code' | 'table' | 'list' | 'text'; readonly lines: string[] };

/**
 * A page of docs/ as the body of a man page. Headings of the second level become sections, deeper ones subsections; a
 * table becomes a list of its first column.
 */
export function manBody(markdown: string): Roff {
  const [first, ...others] = blocksOf(markdown);
  const hasTitle = first?.kind === 'heading' && first.level === 1;
  const blocks = hasTitle ? others : first === undefined ? [] : [first, ...others];
  const startsWithHeading = blocks[0]?.kind === 'heading';
  return [...(startsWithHeading ? [] : ['.SH DESCRIPTION']), ...blocks.flatMap(roffOf)];
}

function roffOf(block: Block): Roff {
  if (block.kind === 'heading') {
    const plain = block.text.replaceAll('`', '').replace(/\[([^\]]+)\]\([^)]*\)/g, '$1');
    return block.level <= 2 ? [heading(plain)] : subsection(plain);
  }
  if (block.kind === 'code') return example(block.lines);
  if (block.kind === 'table') return tableItems(block.lines.map(cellsOf));
  if (block.kind === 'list') return itemsOf(block.lines).flatMap(bullet);
  return paragraph(block.lines.join(' '));
}

/** The first cell is the term. Where there are more than two, each other one says which column it is. */
function tableItems([head = [], , ...rows]: string[][]): Roff {
  return rows.flatMap(([term = '', ...cells]) => {
    const texts = cells.map((cell, index) => (cells.length > 1 ? `${head[index + 1] ?? ''}: ${cell}` : cell));
    return item(prose(term === '' ? '–' : term), ...texts.filter((text) => !/: *$/.test(text)));
  });
}

function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\||\|$/g, '');
  return inner.split(/(?<!\\)\|/).map((cell) =>
    cell
      .trim()
      .replaceAll('\\|', '|')
      .replace(/<br ?\/?>/g, ', '),
  );
}

/** A line that begins no item continues the one before it. */
function itemsOf(lines: readonly string[]): string[] {
  const items: string[] = [];
  for (const line of lines) {
    const [, text] = /^ *(?:[-*]|\d+\.) (.*)$/.exec(line) ?? [];
    if (text !== undefined) items.push(text);
    else items.push(`${items.pop() ?? ''} ${line.trim()}`.trim());
  }
  return items;
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Exclude<Block, { kind: 'heading' }> | undefined;
  let isCode = false;
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) {
      isCode = !isCode;
      open = isCode ? begun(blocks, 'code') : undefined;
      continue;
    }
    if (isCode) {
      open?.lines.push(line);
      continue;
    }
    const [, marks, text = ''] = /^(#{1,6}) (.*)$/.exec(line) ?? [];
    if (marks !== undefined) blocks.push({ kind: 'heading', level: marks.length, text });
    if (marks !== undefined || line.trim() === '' || /^<!--.*-->$/.test(line)) {
      open = undefined;
      continue;
    }
    const kind = kindOf(line, open?.kind);
    if (open?.kind !== kind) open = begun(blocks, kind);
    open.lines.push(line);
  }
  return blocks;
}

function begun(blocks: Block[], kind: 'code' | 'table' | 'list' | 'text') {
  const block = { kind, lines: [] };
  blocks.push(block);
  return block;
}

function kindOf(line: string, open: Block['kind'] | undefined): 'table' | 'list' | 'text' {
  if (line.startsWith('|')) return 'table';
  if (/^ *([-*]|\d+\.) /.test(line)) return 'list';
  // What is indented below an item belongs to it.
  return open === 'list' && line.startsWith('  ') ? 'list' : 'text';
}
