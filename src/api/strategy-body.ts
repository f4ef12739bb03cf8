import { type Static, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { RebootTimeout } from '../inventory/cluster.ts';
import { Strategy } from '../operations/strategy.ts';
import { secondsOf, secondsOrText } from './duration-member.ts';

const { pause_between, min_healthy_time, healthy_deadline, timeout, run_timeout, retry_backoff } = Strategy.properties;
const durations = {
  pause_between,
  min_healthy_time,
  healthy_deadline,
  timeout,
  run_timeout,
  retry_backoff,
  reboot_timeout: RebootTimeout,
};

/** The members of a strategy that a request has; its durations may be texts with units. */
export const StrategyBody = t.Partial(
  t.Object({
    ...Strategy.properties,
    pause_between: secondsOrText(pause_between),
    min_healthy_time: secondsOrText(min_healthy_time),
    healthy_deadline: secondsOrText(healthy_deadline),
    timeout: secondsOrText(timeout),
    run_timeout: secondsOrText(run_timeout),
    retry_backoff: secondsOrText(retry_backoff),
    reboot_timeout: secondsOrText(RebootTimeout),
  }),
);
export type StrategyBody = Static<typeof StrategyBody>;

const Given = t.Partial(Strategy);

/** The same with seconds. @throws AppError `invalid_member` */
export function givenStrategy(body: StrategyBody): Partial<Strategy> {
  const members = Object.entries({ ...body, ...inSeconds(body) }).filter(([, value]) => value !== undefined);
  const given: unknown = Object.fromEntries(members);
  if (Value.Check(Given, given)) return given;
  throw new Error('a strategy that fits its schema does not fit with its durations in seconds');
}

function inSeconds(body: StrategyBody): Record<string, number> {
  const given = new Map(Object.entries(body));
  return Object.fromEntries(
    Object.entries(durations).flatMap(([name, schema]): [string, number][] => {
      const value = given.get(name);
      if (typeof value !== 'string') return [];
      return [[name, secondsOf(`/strategy/${name}`, value, schema)]];
    }),
  );
}
