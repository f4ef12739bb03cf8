import type { Program } from './declaration.ts';
import { exitCode } from './exit-code.ts';
import { parse } from './parser.ts';
import { report } from './report.ts';
import type { Terminal } from './terminal.ts';

/** Runs one command line and returns its exit code. Never throws: errors are reported on stderr. */
export async function run<Context>(
  program: Program<Context>,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    const parsed = parse(program, args);
    switch (parsed.kind) {
      case 'command': {
        const { command, globals, values, words } = parsed;
        return await command.run(program.context(globals, terminal, words), values);
      }
      case 'page': {
        const { showPage } = await import('./help/show-page.ts');
        return await showPage(parsed, program.calledAs, terminal);
      }
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
