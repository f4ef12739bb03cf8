import { expandNodeSet } from '../lib/node-set.ts';
import type { FoldedGroup } from '../operations/folded.ts';
import type { Context } from './context.ts';
import { outputOf } from './host-output.ts';
import { answerOf } from './patience.ts';
import { type OutputWays, writeOutput } from './write-output.ts';

const rule = '-'.repeat(15);

/**
 * All that the hosts of an ended operation printed, those alike once and under their node set, the odd ones first. Of a
 * single host it is the bare output.
 */
export async function printFolded(context: Context, id: string, ways: OutputWays): Promise<void> {
  const { stdout } = context.terminal;
  const { operations } = await context.connect();
  const groups = await answerOf(context, () => operations.folded(id));
  const isAlone = groups.length === 1 && groups[0]?.count === 1;
  for (const group of groups) {
    const heading = isAlone ? '' : `${rule}\n${headingOf(group)}\n${rule}\n`;
    if (heading !== '' && !(await stdout.write(heading))) return;
    if (!(await writeOutput(stdout, endedByNewline(partsOf(context, id, group)), ways))) return;
  }
}

/** Who ended like that, and how unless it went well. */
export function headingOf({ hosts, count, state, exit_code, error }: FoldedGroup): string {
  if (state === 'succeeded') return `${hosts} (${count})`;
  const how = exit_code === null ? error : `exit code ${exit_code}`;
  return `${hosts} (${count}): ${how === '' || how === state ? state : `${state}, ${how}`}`;
}

async function* endedByNewline(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last = newline;
  for await (const part of parts) {
    last = part.at(-1) ?? last;
    yield part;
  }
  if (last !== newline) yield Uint8Array.of(newline);
}

const newline = 0x0a;

/** The group has no more than the beginning of a long output, and as text: what is more, or no text, is in the log. */
async function* partsOf(context: Context, id: string, group: FoldedGroup): AsyncGenerator<Uint8Array> {
  const [host] = expandNodeSet(group.hosts);
  const isWhole = !group.truncated && !group.output.includes('\uFFFD');
  if (isWhole || host === undefined) yield new TextEncoder().encode(group.output);
  else yield* outputOf(context, id, host);
}
