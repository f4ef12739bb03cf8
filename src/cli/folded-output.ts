import { expandNodeSet } from '../lib/node-set.ts';
import type { FoldedGroup } from '../operations/folded.ts';
import type { Context } from './context.ts';
import { outputOf } from './host-output.ts';
import { answerOf } from './patience.ts';
import { printableLines } from './printable.ts';

const rule = '-'.repeat(15);

/**
 * All that the hosts of an ended operation printed, those alike once and under their node set, the odd ones first. Of a
 * single host it is the bare output. On a terminal it cannot move the cursor; elsewhere it is byte for byte.
 */
export async function printFolded(context: Context, id: string): Promise<void> {
  const { operations } = await context.connect();
  const groups = await answerOf(context, () => operations.folded(id));
  const isAlone = groups.length === 1 && groups[0]?.count === 1;
  for (const group of groups) {
    const heading = isAlone ? '' : `${rule}\n${headingOf(group)}\n${rule}\n`;
    if (!(await printGroup(context, id, group, heading))) return;
  }
}

/** Who ended like that, and how unless it went well. */
export function headingOf({ hosts, count, state, exit_code, error }: FoldedGroup): string {
  if (state === 'succeeded') return `${hosts} (${count})`;
  const how = exit_code === null ? error : `exit code ${exit_code}`;
  return `${hosts} (${count}): ${how === '' || how === state ? state : `${state}, ${how}`}`;
}

/** False when nobody reads any more. */
async function printGroup(context: Context, id: string, group: FoldedGroup, heading: string): Promise<boolean> {
  const { stdout } = context.terminal;
  if (heading !== '' && !(await stdout.write(heading))) return false;
  const decoder = new TextDecoder();
  let last: number | undefined;
  for await (const part of partsOf(context, id, group)) {
    if (part.length === 0) continue;
    last = part.at(-1);
    const shown = stdout.isTerminal ? printableLines(decoder.decode(part, { stream: true })) : part;
    if (!(await stdout.write(shown))) return false;
  }
  return last === undefined || last === newline || (await stdout.write('\n'));
}

const newline = 0x0a;

/** The group has no more than the beginning of a long output, and as text: what is more, or no text, is in the log. */
async function* partsOf(context: Context, id: string, group: FoldedGroup): AsyncGenerator<Uint8Array> {
  const [host] = expandNodeSet(group.hosts);
  const isWhole = !group.truncated && !group.output.includes('\uFFFD');
  if (isWhole || host === undefined) yield new TextEncoder().encode(group.output);
  else yield* outputOf(context, id, host);
}
