import { NoServerError } from '../client/no-server-error.ts';
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { print } from './output.ts';
import { report } from './report.ts';

/**
 * Deletes one object after the other. It continues after a refusal, but stops when no server answers. Each object has
 * one result: `Success` on stdout, or the reason on stderr. Returns the worst exit code.
 */
export async function deleteEach(
  context: Context,
  names: readonly string[],
  remove: (name: string) => Promise<unknown>,
): Promise<number> {
  const results: string[] = [];
  let worst: number = exitCode.done;
  for (const name of names) {
    try {
      await remove(name);
      results.push('Success');
    } catch (error) {
      worst = Math.max(worst, await report(error, 'commctl', context.terminal));
      if (error instanceof NoServerError) break;
    }
  }
  const [only] = results;
  if (names.length > 1 && !context.dryRun) await print(context, { value: results });
  else if (only !== undefined) await print(context, { value: only });
  return worst;
}
