import { command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { print } from './output.ts';

export const explain = command({
  name: 'explain',
  summary: 'Explain a record of the API, a member of it, or an error code',
  brief: 'Explain a record, a member of it, or an error code',
  arguments: {
    what: {
      summary: 'a noun, a member such as host.status, or an error code; the list of nouns if not given',
      optional: true,
    },
  },
  options: {},
  examples: ['commctl explain host.status', 'commctl explain strategy', 'commctl explain operation_running'],
  async handler(context, { what }) {
    // Loaded only now: the schemas of the API take longer to load than any other command.
    const { explanationOf } = await import('./explain/explanation.ts');
    const explanation = await explanationOf(what);
    if (context.givenFormat !== undefined && context.givenFormat !== 'table')
      return print(context, { value: explanation });
    const { explanationLines } = await import('./explain/explanation-lines.ts');
    const { showLines } = await import('./help/pager.ts');
    const { stdout } = context.terminal;
    const width = stdout.isTerminal ? Math.min(stdout.size().columns, 100) : 80;
    await showLines(explanationLines(explanation, width), context.terminal);
    return exitCode.done;
  },
});
