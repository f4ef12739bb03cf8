import type { TSchema } from '@sinclair/typebox';
import { Value, type ValueError } from '@sinclair/typebox/value';

/** An invalid parameter: its path, and what was expected there. */
export interface ParameterFault {
  readonly path: string;
  readonly message: string;
}

/**
 * The first fault of parameters; undefined when they are valid. For parameters with several forms it is the fault in
 * the form that they come closest to.
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
