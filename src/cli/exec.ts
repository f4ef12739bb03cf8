import { type Context, command } from './context.ts';
import { execOptions, execParameters } from './exec-parameters.ts';
import { execStrategy } from './exec-strategy.ts';
import { printFolded } from './folded-output.ts';
import { jsonLine, prefixedLines, prefixedStates, prefixedText } from './host-output.ts';
import { queue, tellBegun } from './operation-start.ts';
import { print } from './output.ts';
import { planTable } from './plan-table.ts';
import { strategyOf, strategyOptions } from './strategy-options.ts';
import { UsageError } from './usage-error.ts';
import { HostOutputs } from './wait/host-outputs.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { progressOn, waitFor } from './wait/wait-for.ts';
import { type OutputWays, raw } from './write-output.ts';

export const exec = command({
  name: 'exec',
  summary: 'Run a command or a script on hosts, and show its output',
  arguments: {
    target: { summary: 'target expression, such as cluster:web' },
    command: {
      summary: 'the command, its words joined by blanks; put words that begin with - after --',
      optional: true,
      many: true,
    },
  },
  options: {
    ...execOptions,
    noFold: { type: 'flag', summary: 'print each line with its host, as the hosts end' },
    raw,
    ...strategyOptions,
    queue,
    plan: { type: 'flag', summary: 'only show the plan' },
  },
  examples: [
    'commctl exec cluster:web -- uptime',
    'commctl exec web[01-40] --user root --max-failures 10% -- systemctl reload nginx',
    'commctl exec label:rack=3 --script setup.py --interpreter python3 -- --verbose',
  ],
  async handler(context, { target, command: words, plan, noFold, raw, queue, ...options }) {
    if (raw && context.format === 'json') {
      throw new UsageError('--raw and --output json do not go together: JSON cannot hold all bytes as they are', {
        hint: 'leave out one of the two',
      });
    }
    const { terminal } = context;
    const strategy = execStrategy(await strategyOf(options));
    const parameters = await execParameters(words, options, terminal.stdin);
    const body = { kind: 'exec', target, parameters, strategy, ...(queue ? { wait: true } : {}) };
    const { operations } = await context.connect();
    if (plan || context.dryRun) {
      const planned = await operations.plan(body);
      return print(context, { value: planned, table: () => planTable(planned) });
    }
    const begun = await operations.start(body);
    await tellBegun(context, begun, true);
    return noFold || context.format === 'json'
      ? followEach(context, begun.operation.id, { raw })
      : followExec(context, begun.operation.id, { raw });
  },
});

/** Prints the output of the hosts to stdout, folded, when all have ended. */
async function followExec(context: Context, id: string, ways: OutputWays): Promise<number> {
  const ended = await waitFor(context, id, progressOn(context, context.terminal.stderr));
  await printFolded(context, id, ways);
  return exitCodeOf(ended);
}

/** Prints the output of each host when it ends. */
async function followEach(context: Context, id: string, { raw }: OutputWays): Promise<number> {
  const { stdout, stderr } = context.terminal;
  const shown = stdout.isTerminal ? prefixedText : prefixedStates;
  const lines = raw ? prefixedLines : shown;
  const outputs = new HostOutputs(context, progressOn(context, stderr), {
    form: context.format === 'json' ? jsonLine : lines,
    write: raw ? stdout.writeRaw : stdout.write,
  });
  return exitCodeOf(await waitFor(context, id, outputs));
}
