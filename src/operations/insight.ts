import type { BudgetView, DownHost } from './budget.ts';

/** The hosts and operations that a caller may see in an answer about several clusters. */
export interface Insight {
  seesHost(address: string): boolean;
  seesOperation(id: string): Promise<boolean>;
}

/** The caller of a request. */
export interface Asker {
  /** What the caller may see of other hosts and operations; without it, all. */
  insight?: Insight | undefined;
}

/** The hosts that a caller may see; without an insight, all. An operation that the caller may not see is not named. */
export async function downShownTo(insight: Insight | undefined, down: readonly DownHost[]): Promise<DownHost[]> {
  if (insight === undefined) return [...down];
  const visible = down.filter(({ address }) => insight.seesHost(address));
  return Promise.all(
    visible.map(async (host) => {
      const isShown = host.operation === null || (await insight.seesOperation(host.operation));
      return isShown ? host : { ...host, operation: null };
    }),
  );
}

/** A budget as a caller may see it: of its hosts that are down, only those that the caller may see. */
export async function budgetShownTo(insight: Insight | undefined, budget: BudgetView): Promise<BudgetView> {
  return { ...budget, down: await downShownTo(insight, budget.down) };
}
