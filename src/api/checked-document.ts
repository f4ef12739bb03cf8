import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../lib/errors.ts';
import { type SchemaFault, schemaFault } from '../lib/schema-fault.ts';
import { memberName } from '../lib/schema-form.ts';
import { explanationOf } from './explanation.ts';

interface Place {
  /** The path of the request, for the hint. */
  readonly path?: string;
  /** What a fault of the value as a whole is about. */
  readonly whole?: string;
}

/** The value, as the schema describes it. @throws AppError `invalid_member`, which names the first wrong member */
export function checked<S extends TSchema>(schema: S, value: unknown, place: Place = {}): Static<S> {
  if (Value.Check(schema, value)) return value;
  throw faultAt(schemaFault(schema, value) ?? { pointer: '', problem: 'is not what the route takes' }, place);
}

/** The problem that a fault of a body or a query is. */
export function faultAt(
  { pointer, problem, hint, isUnknown }: SchemaFault,
  { path = '', whole = 'the body' }: Place,
): AppError {
  const name = pointer === '' ? whole : memberName(pointer);
  const explained = explanationOf(path, isUnknown ? pointer.slice(0, pointer.lastIndexOf('/')) : pointer);
  const what = isUnknown ? 'lists what there is' : 'explains it';
  const hints = [hint, explained && `\`${explained}\` ${what}`].filter((text) => text !== undefined);
  return new AppError('invalid_member', `${name} ${problem}`, {
    ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
    details: { member: pointer === '' ? whole : pointer },
  });
}

/** @param member a JSON pointer */
export function invalid(member: string, message: string, hint?: string): AppError {
  return new AppError('invalid_member', `${memberName(member)}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { member },
  });
}
