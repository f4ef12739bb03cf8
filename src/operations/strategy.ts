import { type Static, Type as t } from '@sinclair/typebox';
import { RebootTimeout } from '../inventory/cluster.ts';
import { choices } from '../lib/choices.ts';
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
    form: 'a number of hosts or a percentage, such as 2 or "10%", or an array of 1 to 100 of them',
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
  on_failure: choices(
    {
      stop: 'The operation ends as failed',
      continue: 'It goes on',
      pause: 'It waits for resume',
    },
    { description: 'What happens when max_failures or max_unreachable is reached. Hosts in flight are completed' },
  ),
  order: t.Union(
    [
      t.Literal('listed', { description: 'As the target lists them' }),
      t.Literal('name', { description: 'By their addresses in natural order: web2 before web10' }),
      t.Literal('random', { description: 'At random, by the seed' }),
      t.String({ pattern: '^label:[A-Za-z0-9_.-]+$' }),
    ],
    {
      description:
        'In which order hosts are taken: as the target lists them, by name, at random, or by the value of a label',
      form: 'listed, name, random or label:KEY',
    },
  ),
  seed: t.Optional(
    t.Integer({
      description: 'Seed of the random order: the same seed gives the same order. Recorded when it was not given',
    }),
  ),
  pause_between: seconds('The pause between one batch and the next'),
  promote: choices(
    {
      auto: 'The second batch follows the first',
      manual: 'The operation waits for promote after its first batch, the canary',
    },
    { description: 'What follows the first batch' },
  ),
  gates: t.Array(Gate, {
    maxItems: 20,
    description: 'What must hold on a machine before it counts as done',
    form: 'an array of at most 20 gates, each an object with command, tcp, http or node_ready',
  }),
  min_healthy_time: seconds('How long the gates must hold without a break'),
  healthy_deadline: seconds('How long they may take to do so'),
  timeout: seconds('For one machine, gates included; 0 is no limit but that of the kind'),
  run_timeout: seconds('For the whole run: no machine is taken after it; 0 is no limit'),
  retries: t.Integer({
    minimum: 0,
    maximum: 100,
    description: 'Further attempts to reach a machine before it is unreachable',
  }),
  retry_backoff: seconds('The wait before the first retry; doubled each time'),
  window: t.Optional(
    t.Unsafe<Window>({ ...Window, description: 'When hosts may be started; at any time when left out' }),
  ),
  reboot: choices(
    {
      never: 'No host is rebooted',
      'if-needed': 'Hosts are rebooted that say they need it',
      always: 'Every host is rebooted',
    },
    { description: 'Whether to reboot after an upgrade or a deploy' },
  ),
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
