import { type TInteger, type TNumber, Type as t } from '@sinclair/typebox';
import { durationForms, readDuration, shownDuration } from '../lib/durations.ts';
import { AppError } from '../lib/errors.ts';

/** A member of a request that is a number of seconds, or a text with units. Answers have the number. */
export function secondsOrText<S extends TNumber | TInteger>(seconds: S) {
  const { description = '' } = seconds;
  return t.Union(
    [seconds, t.String({ minLength: 1, maxLength: 40, description: 'With units: "90s", "5m", "1h30m", "2d"' })],
    { description, form: 'a number of seconds, or a duration with units such as "90s", "5m" or "2h"' },
  );
}

interface Bounds {
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

/** The seconds of such a member. @throws AppError `invalid_member` */
export function secondsOf(
  member: string,
  given: number | string,
  { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Bounds,
): number {
  if (typeof given === 'number') return given;
  // A number in quotes is a mistake more often than it is meant.
  const seconds = /^\d*$/.test(given) ? undefined : readDuration(given);
  if (seconds === undefined)
    throw wrong(member, `"${given}" is no duration`, `${durationForms}, or a number of seconds without quotes`);
  if (seconds >= minimum && seconds <= maximum) return seconds;
  const [from, to] = [minimum, maximum].map(shownDuration);
  throw wrong(member, `"${given}" is not from ${from} to ${to}`, 'give a duration in this range');
}

function wrong(member: string, problem: string, hint: string): AppError {
  return new AppError('invalid_member', `${member}: ${problem}`, { hint, details: { member } });
}
