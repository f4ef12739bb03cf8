import { AppError } from '../lib/errors.ts';
import { memberName } from '../lib/schema-form.ts';
import type { Strategy } from './strategy.ts';
import { isTimeZone } from './window.ts';

/** Checks what the schema of a strategy cannot express. @throws AppError `invalid_member` */
export function checkStrategy(strategy: Strategy): Strategy {
  const { window, min_healthy_time, healthy_deadline, gates } = strategy;
  if (window !== undefined && !isTimeZone(window.time_zone)) {
    throw fault(
      '/strategy/window/time_zone',
      `"${window.time_zone}" is not a time zone`,
      'use an IANA name, such as Europe/Berlin',
    );
  }
  if (window !== undefined && window.from === window.to) {
    throw fault(
      '/strategy/window/to',
      'the window ends when it begins and never opens',
      'leave the window out to work at any time',
    );
  }
  if (gates.length > 0 && min_healthy_time > healthy_deadline) {
    throw fault(
      '/strategy/min_healthy_time',
      'it is longer than healthy_deadline, so that no host could pass',
      'raise healthy_deadline',
    );
  }
  return strategy;
}

function fault(member: string, problem: string, hint: string): AppError {
  return new AppError('invalid_member', `${memberName(member)}: ${problem}`, { hint, details: { member } });
}
