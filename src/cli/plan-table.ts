import { foldNodeSet } from '../lib/node-set.ts';
import type { Plan } from '../operations/plan.ts';
import { whole } from './cell.ts';
import { type Table, table } from './table.ts';

/** A plan for people: the batches with folded names, then the limits and gates of the operation. */
export function planTable(plan: Plan): Table {
  const { hosts, batches, splits = [], at_once, gates, window, budgets, obstacles } = plan;
  const rows = batches.map((batch, index) => [`batch ${index + 1}`, counted(batch.length), whole(foldNodeSet(batch))]);
  return [
    `${counted(hosts)} in ${batches.length} ${batches.length === 1 ? 'batch' : 'batches'}, at most ${at_once} at once`,
    ...table(rows),
    ...splits.map(({ batch, reason }) => `batch ${batch}: ${reason}`),
    limits(plan),
    ...gates.map((gate) => `gate: ${gate}`),
    ...(window === null ? [] : [window.open ? 'the window is open' : `the window opens at ${window.opens_at}`]),
    ...budgets.map(
      ({ name, hosts, allowed, down }) =>
        `budget ${name}: ${counted(hosts)} under it, at most ${allowed} down, ${down} down now`,
    ),
    ...obstacles.map((obstacle) => `in the way: ${obstacle}`),
  ];
}

function limits({ max_failures, max_unreachable, on_failure }: Plan): string {
  if (on_failure === 'continue') return 'continues after failures';
  const does = on_failure === 'stop' ? 'stops' : 'pauses';
  if (max_unreachable === null) return `${does} at ${max_failures} failed or unreachable`;
  return `${does} at ${max_failures} failed, or ${max_unreachable} unreachable`;
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'host' : 'hosts'}`;
}
