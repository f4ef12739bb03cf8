import type { Reader } from '../store/contract.ts';
import { describeGate } from './gate.ts';
import { describeObstacle, hostLock, obstacleAmong } from './locks.ts';
import { hostsIn } from './share.ts';
import { batchesOf, type Strategy } from './strategy.ts';
import { isOpen, nextOpening } from './window.ts';

/** What an operation would do, in the numbers it would go by. */
export interface Plan {
  hosts: number;
  /** The machines of each batch, in the order in which they are taken. */
  batches: string[][];
  /** Machines worked on at the same time, at the most. */
  at_once: number;
  /** Failed machines at which it stops or pauses, percentages worked out. */
  max_failures: number;
  /** Null when machines out of reach count among the failed. */
  max_unreachable: number | null;
  on_failure: Strategy['on_failure'];
  gates: string[];
  /** Null when it may work at any time. */
  window: { open: boolean; opens_at: string } | null;
  /** What it would wait for, or be refused for, if it began now. */
  obstacles: string[];
}

export interface PlanRequest {
  addresses: readonly string[];
  strategy: Strategy;
  now: Date;
  /** The operation itself, whose own locks are not in its way. */
  self?: string;
}

export async function planOf(
  reader: Pick<Reader, 'get'>,
  { addresses, strategy, now, self = '' }: PlanRequest,
): Promise<Plan> {
  const { gates, window, on_failure, concurrency } = strategy;
  const batches = batchesOf(addresses, strategy);
  const largest = Math.max(0, ...batches.map(({ length }) => length));
  const obstacle = await obstacleAmong(reader, addresses.map(hostLock), self);
  return {
    hosts: addresses.length,
    batches,
    at_once: concurrency === 0 ? largest : Math.min(concurrency, largest),
    max_failures: hostsIn(strategy.max_failures, addresses.length),
    max_unreachable:
      strategy.max_unreachable === undefined ? null : hostsIn(strategy.max_unreachable, addresses.length),
    on_failure,
    gates: gates.map(describeGate),
    window:
      window === undefined
        ? null
        : { open: isOpen(window, now), opens_at: (isOpen(window, now) ? now : nextOpening(window, now)).toISOString() },
    obstacles: obstacle === undefined ? [] : [describeObstacle(obstacle)],
  };
}
