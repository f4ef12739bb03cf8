import { Type as t } from '@sinclair/typebox';
import { AppError } from '../lib/errors.ts';
import { formOf } from '../lib/schema-form.ts';

/** A text parameter of a query. When it is given twice, the last one counts. */
export const parameter = t.Optional(t.String());

/** `?import=true`. Any other value is refused: a mistyped import must not register and investigate hosts. */
export const ImportQuery = t.Object({
  import: t.Optional(t.Union([t.Literal('true'), t.Literal('false')], { description: 'true or false' })),
});

/** Of a registration also `?details=true`, for what the record of the contract does not say. */
export const RegistrationQuery = t.Object({
  ...ImportQuery.properties,
  details: t.Optional(t.Union([t.Literal('true'), t.Literal('false')], { description: 'true or false' })),
});

/** `?force=true` for requests that are otherwise refused because they are rarely intended. */
export const ForceQuery = t.Object({
  force: t.Optional(t.Union([t.Literal('true'), t.Literal('false')], { description: 'true or false' })),
});

/** `?details=true` for a list of records instead of their names. */
export const ClustersQuery = t.Object({
  details: t.Optional(t.Union([t.Literal('true'), t.Literal('false')], { description: 'true or false' })),
});

export interface IntegerRange {
  name: string;
  minimum: number;
  maximum: number;
}

export interface DefaultedRange extends IntegerRange {
  /** The value when the parameter is not given. */
  otherwise: number;
}

/** An integer of a query: text for the framework, an integer in the API document. `integerParameter` reads it. */
export function integerText(range: IntegerRange | DefaultedRange) {
  return t.Optional(t.String({ range }));
}

/** @throws AppError `invalid_member` */
export function integerParameter(text: string | undefined, range: DefaultedRange): number {
  return text === undefined ? range.otherwise : integerOf(text, range);
}

/** The integer of a text of decimal digits. @throws AppError `invalid_member` */
export function integerOf(text: string, { name, minimum, maximum }: IntegerRange): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  throw new AppError('invalid_member', `${name} must be ${formOf({ ...t.Integer(), minimum, maximum })}`, {
    details: { member: name },
  });
}
