import type { OperationDetail } from '../../operations/operation.ts';
import { type Context, describeFailover } from '../context.ts';
import { Interrupted } from '../interrupted.ts';
import { Patience } from '../patience.ts';
import { LiveProgress } from './live-progress.ts';
import { hasEnded } from './outcome.ts';
import { PlainProgress } from './plain-progress.ts';
import type { Progress } from './progress.ts';

/**
 * Follows an operation on stderr until it ends, and returns it as it ended. The server may be away for five minutes at
 * a time meanwhile.
 *
 * @throws Interrupted on Ctrl-C; the operation goes on
 */
export async function waitFor(context: Context, id: string): Promise<OperationDetail> {
  using interruption = context.terminal.interruption();
  const { stderr } = context.terminal;
  const progress = stderr.isTerminal ? new LiveProgress(stderr, { colour: context.colour }) : new PlainProgress(stderr);
  try {
    return await follow(context, id, progress, interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new Interrupted(
      `\nThe operation goes on on the server. Follow it again with \`commctl operation wait ${id}\`.`,
    );
  } finally {
    await progress.end();
  }
}

async function follow(context: Context, id: string, progress: Progress, signal: AbortSignal): Promise<OperationDetail> {
  const told = new Set<string>();
  const client = await context.connect(async (failover) => {
    const note = describeFailover(failover);
    // With a dead first server this would come with every request after a loss.
    if (!told.has(note)) await progress.note(note);
    told.add(note);
  });
  const patience = new Patience(context.clock);
  for (;;) {
    const attempt = await patience.attempt(() => client.operations.observe(id, signal));
    if (attempt.kind === 'answered') await progress.show(attempt.value);
    else if (attempt.isFirst) await progress.note(attempt.note);
    if (attempt.kind === 'answered' && hasEnded(attempt.value.operation)) return attempt.value.operation;
    await context.clock.sleep(pollInterval, signal);
  }
}

const pollInterval = 1000;
