import { Type as t } from '@sinclair/typebox';
import { AppError } from '../lib/errors.ts';

/** A parameter of a query: text. Of one that is given twice the last counts. */
export const parameter = t.Optional(t.String());

/** `?import=true`. Any other value is refused: what was meant as an import must not register and investigate. */
export const ImportQuery = t.Object({
  import: t.Optional(t.Union([t.Literal('true'), t.Literal('false')], { description: 'true or false' })),
});

export interface IntegerRange {
  name: string;
  minimum: number;
  maximum: number;
  /** The value when the parameter is not given. */
  otherwise: number;
}

/** An integer of a query, in decimal digits. @throws AppError `invalid_member` */
export function integerParameter(text: string | undefined, range: IntegerRange): number {
  const { name, minimum, maximum, otherwise } = range;
  if (text === undefined) return otherwise;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  throw new AppError('invalid_member', `${name}: expected an integer from ${minimum} to ${maximum}`, {
    details: { member: name },
  });
}
