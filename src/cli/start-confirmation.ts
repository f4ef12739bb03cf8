import { ProblemError } from '../client/problem-error.ts';
import type { Plan } from '../operations/plan.ts';
import { asksFor, confirm } from './confirmation.ts';
import type { Context } from './context.ts';
import { oneHostIn } from './one-host.ts';
import { counted, planSummary } from './plan-table.ts';
import { printable, truncate } from './printable.ts';
import { takesDown } from './takes-down.ts';

/** A command may be a page long. */
const mostCommand = 60;

/** An operation before its start. */
interface Start {
  readonly yes: boolean;
  readonly plan: () => Promise<Plan>;
  readonly parameters: () => Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Asks for a confirmation before an operation that may take more than half of its hosts down at once, or several at
 * once without a gate; not for a single host that is named. The numbers are those of the server's plan.
 *
 * @throws Interrupted when it is not given; UsageError when nobody can answer; what the plan throws
 */
export async function confirmStart(context: Context, { yes, plan, parameters }: Start): Promise<void> {
  if (!(await asksFor(context, yes))) return;
  const planned = await plan().catch(unlessUnknown);
  if (planned === undefined || !isDangerous(planned)) return;
  if (planned.kind !== 'exec') return confirm(context, inWords(planned));
  const command = takesDown(await parameters());
  if (command !== undefined) await confirm(context, inWords(planned, command));
}

/** The original, and servers of its time, have no plans. */
function unlessUnknown(error: unknown): undefined {
  if (error instanceof ProblemError && error.status === 404 && (error.code ?? 'route_not_found') === 'route_not_found')
    return undefined;
  throw error;
}

/** A host that was named is meant. */
function isDangerous({ target, hosts, gates, down_at_once: down = 0 }: Plan): boolean {
  if (hosts === 1 && oneHostIn(target) !== undefined) return false;
  return down * 2 > hosts || (down > 1 && gates.length === 0);
}

/** Names what the operation does and to how many hosts, as the plan does, and how many may be down. */
function inWords(plan: Plan, command?: string): string {
  const { hosts, gates, batches, down_at_once: down } = plan;
  const runs = command === undefined ? '' : `: ${truncate(printable(command), mostCommand)}`;
  const gated = gates.length === 0 ? 'without a gate' : `with ${gates.length} ${gates.length === 1 ? 'gate' : 'gates'}`;
  const inBatches = `in ${batches.length} ${batches.length === 1 ? 'batch' : 'batches'}`;
  return `${planSummary(plan)}${runs}\n${down} of ${counted(hosts)} may be down at once, ${inBatches}, ${gated}`;
}
