import { type SchemaOptions, type TLiteral, type TUnion, Type as t } from '@sinclair/typebox';

/** One of several texts, each with its meaning. */
export function choices<const Meanings extends Readonly<Record<string, string>>>(
  meanings: Meanings,
  options: SchemaOptions = {},
): TUnion<TLiteral<keyof Meanings & string>[]> {
  const literals = Object.entries(meanings).map(([text, description]) =>
    t.Literal(text as keyof Meanings & string, { description }),
  );
  return t.Union(literals, options);
}
