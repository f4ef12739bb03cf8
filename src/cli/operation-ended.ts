import type { OperationDetail } from '../operations/operation.ts';
import type { Context } from './context.ts';
import { isWide } from './formats.ts';
import { operationRecord } from './operation-table.ts';
import { print } from './output.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { nextCommands } from './wait/recap.ts';
import { sentenceOf } from './wait/sentence.ts';

/**
 * Prints an operation that the command waited for, and returns the exit code of its outcome. A terminal shows already
 * how it ended: there only the next command follows.
 */
export async function printEnded(context: Context, operation: OperationDetail): Promise<number> {
  if (isShown(context)) await tellNext(context, operation);
  else await print(context, { value: operation, table: () => operationRecord(operation, context) });
  return exitCodeOf(operation);
}

/** Whether the display of the operation, which stays on the terminal, says how it ended. */
export function isShown(context: Context): boolean {
  const { stdout, stderr } = context.terminal;
  return context.format === 'table' && !isWide(context) && stdout.isTerminal && stderr.isTerminal;
}

/** Says on stderr what a person would type next, unless all went well. */
export async function tellNext({ terminal }: Pick<Context, 'terminal'>, operation: OperationDetail): Promise<void> {
  await terminal.stderr.write(textOf(nextCommands(operation)));
}

/** The same below long output, which has pushed away how the operation ended. */
export async function tellEnd({ terminal }: Pick<Context, 'terminal'>, operation: OperationDetail): Promise<void> {
  const { stderr } = terminal;
  const isAway = stderr.isTerminal && exitCodeOf(operation) !== 0;
  const retry = nextCommands({ ...operation, results: [] });
  await stderr.write(textOf([...(isAway ? [sentenceOf(operation)] : []), ...retry]));
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
