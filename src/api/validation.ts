import type { TSchema } from '@sinclair/typebox';
import type { ValueError } from '@sinclair/typebox/value';
import type { AppError } from '../lib/errors.ts';
import { faultOf, unknownMember } from '../lib/schema-fault.ts';
import { faultAt } from './checked-document.ts';

/** The first error that the framework found in a body or a query, with its place. */
export function validationProblem(error: unknown, path: string): AppError {
  const whole = isRecord(error) && error.type === 'query' ? 'the query' : 'the body';
  const found = isRecord(error) && isValueError(error.valueError) ? error.valueError : undefined;
  const fault = found === undefined ? { pointer: '', problem: 'is not what the route takes' } : faultOf(found);
  return faultAt(fault, { whole, path });
}

/**
 * Refuses what the framework would drop: a member of a strategy that does not exist would be a limit that does not
 * hold. Other members that nobody knows are ignored, as in the original.
 *
 * @throws AppError `invalid_member`
 */
export function refuseUnknown({ properties = {} }: TSchema, body: unknown, path: string): void {
  if (!isRecord(body) || !('strategy' in properties)) return;
  const fault = unknownMember(properties.strategy, body.strategy, '/strategy');
  if (fault !== undefined) throw faultAt(fault, { path });
}

function isValueError(value: unknown): value is ValueError {
  return isRecord(value) && typeof value.path === 'string' && isRecord(value.schema) && Array.isArray(value.errors);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
