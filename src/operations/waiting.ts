import { type BudgetView, type DownHost, describeFull, describeFullNameless, mostNamed } from './budget.ts';
import { downShownTo, type Insight } from './insight.ts';
import { describeObstacle, describeObstacleNameless, type Obstacle } from './obstacle.ts';
import type { WaitingFor } from './operation.ts';

/** A full budget, with the data that a message about it needs. */
export interface FullBudget extends Pick<BudgetView, 'name' | 'allowed' | 'hosts'> {
  /** The first hosts that are down. */
  readonly down: readonly DownHost[];
  /** The number of hosts that are down. */
  readonly total: number;
}

/**
 * What an operation waits for, as it is stored. A budget may be about hosts of many clusters, and so may an operation
 * that has a lock. The text therefore names none of them; the names are in the members beside it, for callers who may
 * see them.
 *
 * Earlier versions stored the text with the names, and nothing beside it.
 */
export interface StoredWaitingFor extends WaitingFor {
  readonly budget?: FullBudget;
  readonly obstacle?: Obstacle;
}

export const spaceOnDisk: WaitingFor = {
  what: 'disk',
  detail: 'space on the file system of the data directory, which is nearly full',
};

export function waitingForBudget({ name, allowed, hosts, down }: BudgetView): StoredWaitingFor {
  const budget = { name, allowed, hosts, down: down.slice(0, mostNamed), total: down.length };
  return { what: 'budget', detail: describeFullNameless(budget), budget };
}

export function waitingForLock(obstacle: Obstacle): StoredWaitingFor {
  return { what: 'lock', detail: describeObstacleNameless(obstacle), obstacle };
}

/** The operation that waits. */
interface Waiter {
  readonly id: string;
  /** Undefined where it does not matter. */
  readonly kind?: string | undefined;
}

/** What a caller may see of it; without an insight, all. */
export async function waitingShownTo(
  insight: Insight | undefined,
  waiting: StoredWaitingFor,
  { id, kind }: Waiter,
): Promise<WaitingFor> {
  const { what, detail, budget, obstacle } = waiting;
  if (budget !== undefined) {
    const full = await fullInWords(insight, budget, id);
    return { what, detail: kind === 'exec' && isFilledBy(id, budget) ? `${full}; ${untoldHarmless}` : full };
  }
  if (obstacle !== undefined) return { what, detail: await obstacleInWords(insight, obstacle) };
  return insight === undefined ? { what, detail } : nameless(waiting);
}

/** An exec that waits for itself is often a command that only looks. */
const untoldHarmless = 'a command that takes no host down does not wait for budgets when it is started with --harmless';

/** As far as the stored hosts tell. */
function isFilledBy(id: string, { down }: FullBudget): boolean {
  return down.every(({ operation }) => operation === id);
}

/** Why no more hosts of a budget may be taken down, as far as a caller may see it. */
export async function fullInWords(insight: Insight | undefined, budget: FullBudget, self: string): Promise<string> {
  const visible = budget.down.filter(({ address }) => insight?.seesHost(address) ?? true);
  const down = await downShownTo(insight, visible.slice(0, mostNamed));
  return describeFull({ ...budget, down }, { total: budget.total, self });
}

/** The obstacle in words, as far as a caller may see it. */
export async function obstacleInWords(insight: Insight | undefined, obstacle: Obstacle): Promise<string> {
  const isShown = insight === undefined || (await insight.seesOperation(obstacle.operation));
  return isShown ? describeObstacle(obstacle) : describeObstacleNameless(obstacle);
}

/** The same without the names of other hosts and operations, whichever version wrote it. */
export function nameless({ what, detail }: WaitingFor): WaitingFor {
  if (what === 'budget') {
    const [beginning] = /^the budget \S+ lets \d+ of \d+ hosts be down/.exec(detail) ?? [];
    return { what, detail: beginning === undefined ? 'a budget' : `${beginning}, and that many are` };
  }
  if (what !== 'lock') return { what, detail };
  const [, lock] = / has the ((?:cluster|host) \S+)$/.exec(detail) ?? [];
  return { what, detail: lock === undefined ? 'another operation' : `another operation has the ${lock}` };
}
