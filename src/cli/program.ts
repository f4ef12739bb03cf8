import type { Group, Options, RawValues } from './declaration.ts';
import { exitCode } from './exit-code.ts';
import { parse } from './parser.ts';
import { report } from './report.ts';
import type { Terminal } from './terminal.ts';

/** A command line program: its commands and what they share. */
export interface Program<Context> extends Group<Context> {
  /** What a person types to get here, which may be two words. */
  readonly calledAs: string;
  readonly version: string;
  /** Taken at every level, before and after the command; the one nearest to the end of the line wins. */
  readonly globals: Options;
  /** Makes what the handlers need. Nothing slow: help and usage errors come after it too. */
  readonly context: (globals: RawValues, terminal: Terminal) => Context;
  /** Stands below the help of the program itself. */
  readonly epilogue?: string;
}

/** Runs one command line to its exit code. Never throws: what goes wrong is reported on stderr. */
export async function run<Context>(
  program: Program<Context>,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    const parsed = parse(program, args);
    switch (parsed.kind) {
      case 'command':
        return await parsed.command.run(program.context(parsed.globals, terminal), parsed.values);
      case 'answer':
        await terminal.stdout.write(parsed.text);
        return exitCode.done;
      case 'incomplete':
        await terminal.stderr.write(parsed.help);
        return exitCode.usage;
    }
  } catch (error) {
    return report(error, program.name, terminal);
  }
}
