import { NoServerError } from '../client/no-server-error.ts';
import { asksFor, confirm } from './confirmation.ts';
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { print } from './output.ts';
import { report } from './report.ts';

/** What to delete, as the confirmation names it. */
interface Deletion {
  /** `delete`, or another word for it. */
  readonly verb?: string;
  /** The noun of one object. */
  readonly noun: string;
  readonly names: readonly string[];
  readonly yes: boolean;
}

/** More names than this are counted. */
const mostNamed = 10;

/**
 * Asks for a confirmation where one is wanted, and deletes one object after the other. It continues after a refusal,
 * but stops when no server answers. Each object has one result: `Success` on stdout, or the reason on stderr. Returns
 * the worst exit code.
 *
 * @throws Interrupted when the confirmation is not given
 */
export async function deleteEach(
  context: Context,
  { yes, ...deletion }: Deletion,
  remove: (name: string) => Promise<unknown>,
): Promise<number> {
  const { names } = deletion;
  if (await asksFor(context, yes)) await confirm(context, inWords(deletion));
  const results: string[] = [];
  const deleted: string[] = [];
  let worst: number = exitCode.done;
  for (const name of names) {
    try {
      await remove(name);
      results.push('Success');
      deleted.push(name);
    } catch (error) {
      worst = Math.max(worst, await report(error, 'commctl', context.terminal));
      if (error instanceof NoServerError) break;
    }
  }
  const [only] = results;
  if (names.length > 1 && !context.dryRun) await print(context, { value: results, names: deleted });
  else if (only !== undefined) await print(context, { value: only, names: deleted });
  return worst;
}

/** `delete 3 hosts: h1, h2, h3` */
function inWords({ verb = 'delete', noun, names }: Omit<Deletion, 'yes'>): string {
  const named = names.slice(0, mostNamed).join(', ');
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : '';
  return names.length === 1 ? `${verb} the ${noun} ${named}` : `${verb} ${names.length} ${noun}s: ${named}${more}`;
}
