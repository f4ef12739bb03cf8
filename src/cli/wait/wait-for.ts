import type { Failover } from '../../client/transport.ts';
import { BackOff } from '../../lib/back-off.ts';
import { Deadline } from '../../lib/deadline.ts';
import { shownDuration } from '../../lib/durations.ts';
import type { OperationDetail } from '../../operations/operation.ts';
import { referenceTo } from '../../operations/operation-name.ts';
import { type Context, describeFailover } from '../context.ts';
import { Interrupted } from '../interrupted.ts';
import { Patience } from '../patience.ts';
import type { Sink } from '../terminal.ts';
import { WaitTimedOut } from '../wait-timed-out.ts';
import { EndTold } from './end-told.ts';
import { type LiveEnd, LiveProgress } from './live-progress.ts';
import { hasEnded } from './outcome.ts';
import { PlainProgress } from './plain-progress.ts';
import type { Progress } from './progress.ts';
import { SceneReader } from './scene.ts';

export interface WaitWays {
  /** On stderr by default. */
  readonly progress?: Progress | undefined;
  /** At most how long to wait. */
  readonly seconds?: number | undefined;
}

/**
 * Follows an operation until it ends, on stderr unless told otherwise, and returns it. The server may be unreachable
 * for up to five minutes at a time.
 *
 * @throws Interrupted on Ctrl-C, WaitTimedOut when the given time is over; the operation continues
 */
export async function waitFor(
  context: Context,
  id: string,
  { progress = progressOn(context, context.terminal.stderr), seconds }: WaitWays = {},
): Promise<OperationDetail> {
  using interruption = context.terminal.interruption();
  using deadline = seconds === undefined ? undefined : new Deadline(seconds * 1000, () => new WaitTimedOut(''));
  const signal = AbortSignal.any([interruption.signal, ...(deadline === undefined ? [] : [deadline.signal])]);
  let reference = id;
  const seen = (operation: OperationDetail) => {
    reference = referenceTo(operation);
  };
  try {
    return await follow(context, { id, progress, seen }, signal);
  } catch (error) {
    if (deadline?.signal.aborted && !interruption.signal.aborted) throw stillRunning(reference, seconds);
    if (!interruption.signal.aborted) throw error;
    throw new Interrupted(
      `\nThe operation keeps running on the server. Watch it again with \`commctl operation watch ${reference}\`, ` +
        `or cancel it with \`commctl operation cancel ${reference}\`; with \`--now\` what runs on its hosts is also ended.`,
    );
  } finally {
    await progress.end();
  }
}

function stillRunning(reference: string, seconds = 0): WaitTimedOut {
  return new WaitTimedOut(
    `the operation ${reference} has not ended after ${shownDuration(seconds)}; it goes on`,
    `wait for it again with \`commctl operation wait ${reference}\``,
  );
}

/** Redrawn in place on a terminal, else one line per change. */
export function progressOn(context: Context, sink: Sink, { besides }: LiveEnd = { besides: 'nothing' }): Progress {
  if (!sink.isTerminal) return new PlainProgress(sink);
  // The caller that follows the operation reports failovers, so this client does not.
  const reader = new SceneReader(() => context.connect({ onFailover: () => {} }));
  return new LiveProgress(sink, {
    colour: context.colour,
    besides,
    scene: (observation, signal) => reader.read(observation, signal),
  });
}

interface Following {
  id: string;
  progress: Progress;
  seen: (operation: OperationDetail) => void;
}

async function follow(
  context: Context,
  { id, progress, seen }: Following,
  signal: AbortSignal,
): Promise<OperationDetail> {
  const { clock } = context;
  const told = new Set<string>();
  const onFailover = async (failover: Failover) => {
    const note = describeFailover(failover);
    // With a dead first server this note would come with every request after a loss.
    if (!told.has(note)) await progress.note(note);
    told.add(note);
  };
  const client = await context.connect({ onFailover });
  const patience = new Patience(clock);
  using end = new EndTold(client, id, signal);
  const pauses = new BackOff(lookPauses);
  for (;;) {
    const asked = clock.monotonic();
    const attempt = await patience.attempt(() => client.operations.observe(id, signal));
    const took = clock.monotonic() - asked;
    if (attempt.kind === 'answered') seen(attempt.value.operation);
    if (attempt.kind === 'answered') await progress.show(attempt.value, signal);
    else if (attempt.isFirst) await progress.note(attempt.note);
    if (attempt.kind === 'answered' && hasEnded(attempt.value.operation)) return attempt.value.operation;
    // Reading an operation with ten thousand hosts is work for the server: polls must not keep it busy.
    await end.orAfter(clock.sleep(Math.max(pauses.next(), took * 5), signal));
  }
}

/** Milliseconds between two polls. An event reports the end earlier. */
const lookPauses = { first: 500, longest: 1000 };
