import type { Context } from './context.ts';
import type { Option } from './declaration.ts';
import { Interrupted } from './interrupted.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** The option of every command that may ask for a confirmation. */
export const yes = {
  type: 'flag',
  short: 'y',
  summary: 'do not ask for a confirmation',
} as const satisfies Option;

/** Whether to ask, where there is something to ask about. */
export async function asksFor(context: Context, yes: boolean): Promise<boolean> {
  if (yes || context.dryRun) return false;
  const { stdin, stdout } = context.terminal;
  const mode = await context.confirmMode();
  return mode === 'always' || (mode === 'terminal' && stdin.isTerminal && stdout.isTerminal);
}

/**
 * Shows what would be done and asks whether to do it. Returns after a `y` or `yes`.
 *
 * @throws Interrupted for any other answer, Ctrl-C and the end of the input; UsageError when nobody can answer
 */
export async function confirm({ terminal }: Context, what: string): Promise<void> {
  const { stdin, stderr } = terminal;
  const [elsewhere] = Object.entries({ stdin, stderr }).find(([, { isTerminal }]) => !isTerminal) ?? [];
  if (elsewhere !== undefined) {
    throw new UsageError(`this needs a confirmation, and ${elsewhere} is no terminal: ${what}`, {
      hint: 'add --yes, or change "confirm" in the configuration file',
    });
  }
  await stderr.write(`${what}\n`);
  if (await answersYes(terminal, 'Continue?')) return;
  throw new Interrupted('commctl: not confirmed, so nothing was done');
}

/** Asks on the terminal. Ctrl-C and the end of the input are a no. */
export async function answersYes({ stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>, question: string) {
  const answer = await stdin.ask(`${question} [y/N] `).catch(async (error: unknown) => {
    if (!(error instanceof Interrupted)) throw error;
    await stderr.write('\n');
    return '';
  });
  return /^y(es)?$/i.test(answer.trim());
}
