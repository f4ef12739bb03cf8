import { expandNodeSet } from '../lib/node-set.ts';
import type { FoldedGroup } from '../operations/folded.ts';
import type { OperationDetail } from '../operations/operation.ts';
import type { Context } from './context.ts';
import { groupHeading, oddLast } from './folded-groups.ts';
import { outputOf } from './host-output.ts';
import { lastStates } from './last-states.ts';
import { answerOf } from './patience.ts';
import { columnsOf, hanging } from './wrapped.ts';
import { type OutputWays, writeOutput } from './write-output.ts';

const rule = '-'.repeat(15);

/**
 * Prints the output of the hosts of an ended operation. Equal outputs are printed once under their node set, those of
 * hosts that did not succeed last. A single host's output has no heading.
 */
export async function printFolded(context: Context, { id, results }: OperationDetail, ways: OutputWays): Promise<void> {
  const { stdout } = context.terminal;
  const { operations } = await context.connect();
  const groups = await answerOf(context, () => operations.folded(id));
  const hosts = new Map(results.map((host) => [host.address, host]));
  const isAlone = groups.length === 1 && groups[0]?.count === 1;
  for (const group of oddLast(groups)) {
    const lines = hanging(groupHeading(group, hosts), columnsOf(stdout));
    const heading = isAlone ? '' : `${[rule, ...lines, rule].join('\n')}\n`;
    if (heading !== '' && !(await stdout.write(heading))) return;
    const parts = endedByNewline(partsOf(context, id, group));
    // What has no heading may be a file.
    if (!(await writeOutput(stdout, ways.raw || isAlone ? parts : lastStates(parts), ways))) return;
  }
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

/** The group contains only the beginning of a long output, and as text; the rest, and binary output, is in the log. */
async function* partsOf(context: Context, id: string, group: FoldedGroup): AsyncGenerator<Uint8Array> {
  const [host] = expandNodeSet(group.hosts);
  const isWhole = !group.truncated && !group.output.includes('\uFFFD');
  if (isWhole || host === undefined) yield new TextEncoder().encode(group.output);
  else yield* outputOf(context, id, host);
}
