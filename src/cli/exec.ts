import { yes } from './confirmation.ts';
import { type Context, command } from './context.ts';
import { type FollowWays, followExec } from './exec-output.ts';
import { execOptions, execParameters } from './exec-parameters.ts';
import { checkLines } from './formats.ts';
import { jsonLine, prefixedLines, prefixedStates, prefixedText } from './host-output.ts';
import { tellEnd } from './operation-ended.ts';
import { plan, printPlan, printStarted, queue, tellBegun } from './operation-start.ts';
import { promptStrategy } from './prompt-strategy.ts';
import { narrowed, selector } from './selector.ts';
import { confirmStart } from './start-confirmation.ts';
import { refusedRebootOptions, strategyOf, strategyOptions } from './strategy-options.ts';
import { UsageError } from './usage-error.ts';
import { HostOutputs } from './wait/host-outputs.ts';
import { exitCodeOf } from './wait/outcome.ts';
import { progressOn, waitFor } from './wait/wait-for.ts';
import { noWaitOptions } from './wait-options.ts';
import { raw } from './write-output.ts';

export const exec = command({
  name: 'exec',
  summary: 'Run a command or a script on hosts, and show its output',
  arguments: {
    target: { summary: 'target expression, such as cluster:web', completes: 'target' },
    command: {
      summary: 'the command; put -- before it when a word begins with -',
      optional: true,
      many: true,
    },
  },
  options: {
    ...execOptions,
    // Without its letter, which commands such as ls have too: a forgotten -- must not take it from them.
    selector: { type: selector.type, placeholder: selector.placeholder, summary: selector.summary },
    noFold: { type: 'flag', summary: 'print each line with its host, as the hosts end', heading: 'Output options' },
    raw,
    ...strategyOptions,
    ...refusedRebootOptions,
    plan,
    queue,
    ...noWaitOptions,
    // Without its letter, which commands such as apt-get have too: a forgotten -- must not take it from them.
    yes: { type: yes.type, summary: yes.summary },
  },
  examples: [
    'commctl exec cluster:web -- uptime',
    'commctl exec web[01-40] --user root -- systemctl reload nginx',
    'commctl exec label:rack=3 --script setup.sh -- --verbose',
  ],
  async handler(
    context,
    {
      target: expression,
      selector,
      command: words,
      plan: onlyPlan,
      noFold,
      raw,
      queue,
      yes,
      noWait,
      waitTimeout,
      ...options
    },
  ) {
    if (raw && context.format === 'json') {
      throw new UsageError('--raw and --output json do not go together: JSON cannot hold all bytes as they are', {
        hint: 'leave out one of the two',
      });
    }
    const { terminal } = context;
    const target = narrowed(expression, selector);
    const strategy = promptStrategy(await strategyOf(options));
    const parameters = await execParameters(words, options, terminal.stdin);
    const body = { kind: 'exec', target, parameters, strategy, ...(queue ? { wait: true } : {}) };
    const { operations } = await context.connect();
    const plan = () => operations.plan(body);
    if (onlyPlan || context.dryRun) return printPlan(context, await plan());
    if (!noWait) checkLines(context);
    await confirmStart(context, { yes, plan, parameters: async () => parameters });
    const begun = await operations.start(body);
    if (noWait) return printStarted(context, begun);
    await tellBegun(context, begun, true);
    return noFold || context.format === 'json'
      ? followEach(context, begun.operation.id, { raw, seconds: waitTimeout })
      : followExec(context, begun.operation, { raw, seconds: waitTimeout });
  },
});

/** Prints the output of each host when it ends. */
async function followEach(context: Context, id: string, { raw, seconds }: FollowWays): Promise<number> {
  const { stdout, stderr } = context.terminal;
  const shown = stdout.isTerminal ? prefixedText : prefixedStates;
  const lines = raw ? prefixedLines : shown;
  const outputs = new HostOutputs(context, progressOn(context, stderr, { besides: 'output' }), {
    form: context.format === 'json' ? jsonLine : lines,
    write: raw ? stdout.writeRaw : stdout.write,
  });
  const ended = await waitFor(context, id, { progress: outputs, seconds });
  if (context.format !== 'json') await tellEnd(context, ended);
  return exitCodeOf(ended);
}
