import type { BudgetView, DownHost } from './budget.ts';

/** What somebody may be told of hosts and operations, where something is about those of many clusters. */
export interface Insight {
  seesHost(address: string): boolean;
  seesOperation(id: string): Promise<boolean>;
}

/** Who asks. */
export interface Asker {
  /** What they may be told of others; without it, all. */
  insight?: Insight | undefined;
}

/** The hosts that somebody may be told of; without an insight, all. An operation that somebody may not see is not named. */
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

/** A budget as somebody may see it: its hosts that are down are hosts like others. */
export async function budgetShownTo(insight: Insight | undefined, budget: BudgetView): Promise<BudgetView> {
  return { ...budget, down: await downShownTo(insight, budget.down) };
}
