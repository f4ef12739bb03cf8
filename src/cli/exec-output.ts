import type { OperationDetail } from '../operations/operation.ts';
import type { Context } from './context.ts';
import { printFolded } from './folded-output.ts';
import { tellEnd } from './operation-ended.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { progressOn, waitFor } from './wait/wait-for.ts';
import type { OutputWays } from './write-output.ts';

/**
 * Follows an exec on stderr, and prints the output of its hosts to stdout, folded, when all have ended. Returns the exit
 * code.
 */
export async function followExec(
  context: Context,
  { id, results }: OperationDetail,
  ways: OutputWays,
): Promise<number> {
  // The headings of the output have the errors; the output of a single host has no heading.
  const besides = results.length === 1 ? 'output' : 'output_and_errors';
  const ended = await waitFor(context, id, progressOn(context, context.terminal.stderr, { besides }));
  await printFolded(context, ended, ways);
  await tellEnd(context, ended);
  return exitCodeOf(ended);
}
