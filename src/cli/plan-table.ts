import { foldNodeSet } from '../lib/node-set.ts';
import type { Plan } from '../operations/plan.ts';
import { whole } from './cell.ts';
import { printable, truncate } from './printable.ts';
import { type Table, table } from './table.ts';

/** A target may name thousands of hosts. */
const mostTarget = 60;

/** `upgrade of 31 hosts of cluster:web, then always reboot`; undefined for the plan of a server that does not say it. */
export function planSummary({ kind, target, hosts, reboots }: Plan): string | undefined {
  if (kind === undefined) return undefined;
  return `${kind} of ${counted(hosts)} of ${truncate(printable(target), mostTarget)}${rebootsInWords(kind, reboots)}`;
}

function rebootsInWords(kind: string, reboots: Plan['reboots']): string {
  if (kind === 'restart' || kind === 'reboot') return ': each one reboots';
  if (reboots === 'always') return ', then always reboot';
  if (reboots === 'if-needed') return ', then reboot if needed';
  return kind === 'upgrade' || kind === 'deploy' ? ', then never reboot' : '';
}

/** A plan for people: what it is about, the batches with folded names, then the limits and gates of the operation. */
export function planTable(plan: Plan): Table {
  const { hosts, batches, splits = [], at_once, gates, window, budgets, obstacles } = plan;
  const rows = batches.map((batch, index) => [`batch ${index + 1}`, counted(batch.length), whole(foldNodeSet(batch))]);
  const summary = planSummary(plan);
  return [
    ...(summary === undefined ? [] : [summary]),
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

/** `1 host`, `31 hosts` */
export function counted(count: number): string {
  return `${count} ${count === 1 ? 'host' : 'hosts'}`;
}
