import { forEachAtMost } from '../lib/at-most.ts';
import { describeError } from '../lib/errors.ts';
import type { Action, PlanItem } from './plan.ts';

/** How an item ended. `refused` stands for an item that the server refused; the others went on. */
export type Result = 'created' | 'overwritten' | 'completed' | 'unchanged' | 'skipped' | 'left out' | 'refused';

export interface Outcome extends Pick<PlanItem, 'kind' | 'name' | 'notes'> {
  readonly result: Result;
}

export interface Progress {
  /** Called after each item that was written. */
  readonly onDone?: (done: number, total: number) => void;
  /** Whether an error ends the import: no server answers, so that the rest would fail too. */
  readonly isFatal: (error: unknown) => boolean;
  /** Ends the import between two records. */
  readonly signal: AbortSignal;
}

/** Hosts are written so many at a time: transactions that come together go to the disk together. */
const atOnce = 32;

/** What an action becomes. */
const results: Readonly<Record<Exclude<Action, 'conflict'>, Result>> = {
  create: 'created',
  overwrite: 'overwritten',
  complete: 'completed',
  none: 'unchanged',
  skip: 'skipped',
  leave_out: 'left out',
};

/**
 * Does what the plan says: its networks and container managers, then its hosts, then its clusters. An item that the
 * server refuses does not stop the others.
 *
 * @throws the error that `isFatal` says ends the import; the reason of the signal
 */
export async function carryOut(plan: readonly PlanItem[], { onDone, isFatal, signal }: Progress): Promise<Outcome[]> {
  const total = plan.filter(({ run }) => run !== undefined).length;
  const outcomes = new Map<PlanItem, Outcome>();
  const refused = new Set<string>();
  let done = 0;
  for (const kind of ['network', 'container_manager', 'host', 'cluster', 'operation', 'key'] as const) {
    const items = plan.filter((item) => item.kind === kind);
    await forEachAtMost(kind === 'host' ? atOnce : 1, items, async (item) => {
      signal.throwIfAborted();
      const outcome = await outcomeOf(item, refused, isFatal);
      outcomes.set(item, outcome);
      if (item.kind === 'host' && outcome.result === 'refused') refused.add(item.name);
      if (item.run === undefined) return;
      done += 1;
      onDone?.(done, total);
    });
  }
  return plan.flatMap((item) => outcomes.get(item) ?? []);
}

async function outcomeOf(
  { kind, name, notes, action, run }: PlanItem,
  refused: ReadonlySet<string>,
  isFatal: Progress['isFatal'],
): Promise<Outcome> {
  if (action === 'conflict') throw new Error('an import with conflicts does not begin');
  try {
    await run?.(refused);
    return { kind, name, notes, result: results[action] };
  } catch (error) {
    if (isFatal(error)) throw error;
    return { kind, name, notes: [...notes, describeError(error)], result: 'refused' };
  }
}
