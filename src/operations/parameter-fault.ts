import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError } from '@sinclair/typebox/value';

/** A parameter that is not as it should be: where it stands, and what was expected there. */
export interface ParameterFault {
  readonly path: string;
  readonly message: string;
}

/**
 * The first fault of parameters, none when they are as they should be. Of parameters that may be given in several ways
 * it is the fault in the way they are nearest to.
 */
export function parameterFault(schema: TSchema, parameters: unknown): ParameterFault | undefined {
  const first = Value.Errors(schema, parameters).First();
  return first === undefined ? undefined : nearest(first);
}

function nearest(error: ValueError): ValueError {
  const [best, ...others] = error.errors.map((way) => [...way]).sort((a, b) => a.length - b.length);
  const isClear = best !== undefined && others.every((other) => other.length > best.length);
  const [fault] = isClear ? best : [];
  return fault === undefined ? error : nearest(fault);
}
