import type { Static, TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { AppError } from '../lib/errors.ts';

/** The value, as the schema describes it. @throws AppError `invalid_member`, which names the first wrong member */
export function checked<S extends TSchema>(schema: S, value: unknown): Static<S> {
  if (Value.Check(schema, value)) return value;
  const { path = '', message = '', schema: failed } = Value.Errors(schema, value).First() ?? {};
  const expected = failed?.description === undefined || failed.anyOf === undefined ? message : failed.description;
  throw invalid(path === '' ? 'the body' : path, expected.charAt(0).toLowerCase() + expected.slice(1));
}

/** @param member a JSON pointer */
export function invalid(member: string, message: string): AppError {
  return new AppError('invalid_member', `${member}: ${message}`, {
    hint: 'see the description of the route for the members it takes',
    details: { member },
  });
}
