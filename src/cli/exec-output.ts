import type { OperationDetail } from '../operations/operation.ts';
import type { Context } from './context.ts';
import { printFolded } from './folded-output.ts';
import { tellEnd } from './operation-ended.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { progressOn, waitFor } from './wait/wait-for.ts';
import type { OutputWays } from './write-output.ts';

export interface FollowWays extends OutputWays {
  /** At most how long to follow. */
  readonly seconds: number | undefined;
}

/**
 * Follows an exec on stderr, and prints the output of its hosts to stdout, folded, when all have ended. Returns the exit
 * code.
 */
export async function followExec(
  context: Context,
  { id, results }: OperationDetail,
  { raw, seconds }: FollowWays,
): Promise<number> {
  // The headings of the output have the errors; the output of a single host has no heading.
  const besides = results.length === 1 ? 'output' : 'output_and_errors';
  const progress = progressOn(context, context.terminal.stderr, { besides });
  const ended = await waitFor(context, id, { progress, seconds });
  await printFolded(context, ended, { raw });
  await tellEnd(context, ended);
  return exitCodeOf(ended);
}
