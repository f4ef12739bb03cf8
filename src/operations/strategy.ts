import { type Static, Type as t } from '@sinclair/typebox';
import { RebootTimeout } from '../inventory/cluster.ts';
import { Gate } from './gate.ts';
import { hostsIn, Share } from './share.ts';
import { Window } from './window.ts';

const seconds = (description: string) =>
  t.Number({ minimum: 0, maximum: 604_800, description: `Seconds. ${description}` });

/** How an operation goes over its hosts: one schema for REST, CLI and documents. */
export const Strategy = t.Object({
  batch: t.Union([Share, t.Array(Share, { minItems: 1, maxItems: 100 })], {
    description:
      'Hosts of one batch; the next one waits for all of them. An array is a ramp: the size of each batch in turn, the last one for all that follow',
  }),
  concurrency: t.Integer({ minimum: 0, description: 'Hosts of a batch worked on at the same time; 0 is all of them' }),
  max_failures: t.Unsafe<Share>({
    ...Share,
    description: 'Failed hosts, over the whole run, at which it stops: "2 of 4" is written 2',
  }),
  max_unreachable: t.Optional(
    t.Unsafe<Share>({
      ...Share,
      description: 'The same for hosts out of reach, which are then not counted among the failed',
    }),
  ),
  on_failure: t.Union([t.Literal('stop'), t.Literal('continue'), t.Literal('pause')], {
    description: 'What happens when max_failures or max_unreachable is reached',
  }),
  order: t.Union([
    t.Literal('listed'),
    t.Literal('name'),
    t.Literal('random'),
    t.String({ pattern: '^label:[A-Za-z0-9_.-]+$' }),
  ]),
  seed: t.Optional(t.Integer({ description: 'Of the random order; recorded when it was not given' })),
  pause_between: seconds('Between one batch and the next'),
  promote: t.Union([t.Literal('auto'), t.Literal('manual')], {
    description: 'manual: the run waits for a promotion after its first batch, the canary',
  }),
  gates: t.Array(Gate, { maxItems: 20, description: 'What must hold on a machine before it counts as done' }),
  min_healthy_time: seconds('How long the gates must hold without a break'),
  healthy_deadline: seconds('How long they may take to do so'),
  timeout: seconds('For one machine, gates included; 0 is no limit but that of the kind'),
  run_timeout: seconds('For the whole run: no machine is taken after it; 0 is no limit'),
  retries: t.Integer({ minimum: 0, maximum: 100, description: 'For a machine out of reach' }),
  retry_backoff: seconds('Before the first retry; doubled each time'),
  window: t.Optional(Window),
  reboot: t.Union([t.Literal('never'), t.Literal('if-needed'), t.Literal('always')], {
    description: 'After an upgrade or a deploy',
  }),
  reboot_timeout: t.Optional(RebootTimeout),
  reason: t.String({ maxLength: 1000, description: 'Why it is done; kept with the record' }),
});
export type Strategy = Static<typeof Strategy>;

/** The members that only some kinds use; each kind declares which of them. A start of another kind refuses them. */
export type SpecificMember = 'reboot' | 'reboot_timeout';

/** The strategy of the original: one host at a time, stop at the first failure (contract 6). */
export const defaultStrategy: Strategy = {
  batch: 1,
  concurrency: 0,
  max_failures: 1,
  on_failure: 'stop',
  order: 'listed',
  pause_between: 0,
  promote: 'auto',
  gates: [],
  min_healthy_time: 0,
  healthy_deadline: 300,
  timeout: 0,
  run_timeout: 0,
  retries: 0,
  retry_backoff: 5,
  reboot: 'never',
  reason: '',
};

export interface Tally {
  failed: number;
  unreachable: number;
}

/** A strategy with defaults for the members that were not given. */
export function completed(given: Partial<Strategy>): Strategy {
  return { ...defaultStrategy, ...given };
}

/** The limit of the strategy that the run has reached, in words; undefined when it has reached neither. */
export function limitReached(
  { failed, unreachable }: Tally,
  total: number,
  strategy: Pick<Strategy, 'max_failures' | 'max_unreachable'>,
): string | undefined {
  const maxFailures = hostsIn(strategy.max_failures, total);
  const counted = strategy.max_unreachable === undefined ? failed + unreachable : failed;
  if (counted >= maxFailures) return `${counted} of ${total} hosts failed, and max_failures is ${maxFailures}`;
  if (strategy.max_unreachable === undefined) return undefined;
  const maxUnreachable = hostsIn(strategy.max_unreachable, total);
  if (unreachable < maxUnreachable) return undefined;
  return `${unreachable} of ${total} hosts were out of reach, and max_unreachable is ${maxUnreachable}`;
}
