import { type Static, Type as t } from '@sinclair/typebox';
import type { Reader } from '../store/contract.ts';
import { batchesOf, type JumpHostsOf } from './batches.ts';
import type { BudgetView } from './budget.ts';
import type { Disruptions } from './disruptions.ts';
import { describeGate } from './gate.ts';
import type { Insight } from './insight.ts';
import { hostLock, obstacleAmong } from './locks.ts';
import { hostsIn } from './share.ts';
import { Strategy } from './strategy.ts';
import { fullInWords, obstacleInWords } from './waiting.ts';
import type { Ways } from './ways.ts';
import { isOpen, nextOpening } from './window.ts';

const PlannedBudget = t.Object({
  name: t.String({ description: 'Name of the budget' }),
  hosts: t.Integer({ description: "How many of the operation's hosts are under it" }),
  allowed: t.Integer({ description: 'How many of all its hosts may be down' }),
  down: t.Integer({ description: 'How many of them are' }),
});

/** What an operation would do, in numbers. */
export const Plan = t.Object({
  kind: t.String({ description: 'Kind of the operation' }),
  target: t.String({ description: 'The target as it was asked for' }),
  hosts: t.Integer({ description: 'Hosts of the target' }),
  reboots: t.Unsafe<Strategy['reboot']>({
    ...Strategy.properties.reboot,
    description: 'Whether it reboots each host: always for restart and reboot, for upgrade and deploy as asked',
  }),
  batches: t.Array(t.Array(t.String()), {
    description: 'The machines of each batch, in the order in which they are taken',
  }),
  splits: t.Array(
    t.Object({
      batch: t.Integer({ description: 'The first one is 1' }),
      reason: t.String({ description: 'Why the batch begins there' }),
    }),
    {
      description:
        'Why machines come later than the order says: one that may be away is in no batch with those behind it',
    },
  ),
  at_once: t.Integer({ description: 'Machines worked on at the same time, at the most' }),
  down_at_once: t.Integer({
    description: 'Machines that may be down at the same time, at the most; 0 for a kind that takes none down',
  }),
  max_failures: t.Integer({ description: 'Failed machines at which it stops or pauses, percentages worked out' }),
  max_unreachable: t.Union([t.Integer(), t.Null()], {
    description: 'Null when machines out of reach count among the failed',
  }),
  on_failure: Strategy.properties.on_failure,
  gates: t.Array(t.String(), { description: 'The gates, in words' }),
  window: t.Union(
    [
      t.Object({
        open: t.Boolean({ description: 'Whether it is open now' }),
        opens_at: t.String({ description: 'When it opens next' }),
      }),
      t.Null(),
    ],
    {
      description: 'Null when it may work at any time',
    },
  ),
  budgets: t.Array(PlannedBudget, {
    description: 'Those some of the hosts are under; none for a kind that takes nothing down',
  }),
  obstacles: t.Array(t.String(), { description: 'What it would wait for, or be refused for, if it began now' }),
});
export type Plan = Static<typeof Plan>;

export interface PlanRequest {
  kind: string;
  target: string;
  addresses: readonly string[];
  strategy: Strategy;
  now: Date;
  /** The operation itself: its own locks do not prevent it. */
  self?: string;
  /** The jump hosts of each host that has some. */
  jumpHosts?: JumpHostsOf;
  /** Whether the operation may take a host away for a while. */
  takesAway?: boolean;
  /** When it reboots its hosts. */
  reboots: Strategy['reboot'];
  /** Whether a host may be down while the operation works on it. */
  disrupts: boolean;
  /** The hosts that other operations have in flight. */
  ways?: Pick<Ways, 'obstacle'>;
  /** Undefined for an operation that takes no host down. */
  disruptions?: Disruptions | undefined;
  /** What the caller may see; without it, all. */
  insight?: Insight | undefined;
}

export async function planOf(
  reader: Pick<Reader, 'get'>,
  { kind, target, reboots, disrupts, addresses, strategy, now, ...given }: PlanRequest,
): Promise<Plan> {
  const { self = '', jumpHosts, takesAway = false, ways, disruptions, insight } = given;
  const { gates, window, on_failure, concurrency } = strategy;
  const planned = batchesOf(addresses, strategy, takesAway ? jumpHosts : undefined);
  const batches = planned.map(({ hosts }) => hosts);
  const largest = Math.max(0, ...batches.map(({ length }) => length));
  const obstacle = await obstacleAmong(reader, addresses.map(hostLock), self);
  const onTheWay = addresses
    .map((address) => ways?.obstacle({ address, jumpHosts: jumpHosts?.get(address) ?? [], operation: self, takesAway }))
    .find((each) => each !== undefined && each.lock !== obstacle?.lock);
  const budgets = (await disruptions?.over(addresses)) ?? [];
  const full = budgets.filter((budget) => isInTheWay(budget, self));
  const atOnce = concurrency === 0 ? largest : Math.min(concurrency, largest);
  return {
    kind,
    target,
    hosts: addresses.length,
    reboots,
    batches,
    splits: planned.flatMap(({ splits }, index) => splits.map((reason) => ({ batch: index + 1, reason }))),
    at_once: atOnce,
    down_at_once: disrupts ? atOnce : 0,
    max_failures: hostsIn(strategy.max_failures, addresses.length),
    max_unreachable:
      strategy.max_unreachable === undefined ? null : hostsIn(strategy.max_unreachable, addresses.length),
    on_failure,
    gates: gates.map(describeGate),
    window:
      window === undefined
        ? null
        : { open: isOpen(window, now), opens_at: (isOpen(window, now) ? now : nextOpening(window, now)).toISOString() },
    budgets: budgets.map(({ view: { name, allowed, down }, under }) => {
      return { name, hosts: under.length, allowed, down: down.length };
    }),
    obstacles: [
      ...(obstacle === undefined ? [] : [await obstacleInWords(insight, obstacle)]),
      ...(onTheWay === undefined ? [] : [await obstacleInWords(insight, onTheWay)]),
      ...(await Promise.all(full.map(({ view }) => fullInWords(insight, { ...view, total: view.down.length }, self)))),
    ],
  };
}

/** An operation waits for its own hosts anyway. */
function isInTheWay({ view: { allowed, down } }: { view: BudgetView }, self: string): boolean {
  return down.length >= allowed && down.some(({ operation }) => operation !== self);
}
