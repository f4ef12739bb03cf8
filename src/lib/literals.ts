import type { TLiteral } from '@sinclair/typebox';

/** The texts that a union of literals allows, in its order. */
export function textsOf<T extends string>({ anyOf }: { readonly anyOf: readonly TLiteral<T>[] }): readonly T[] {
  return anyOf.map((literal) => literal.const);
}
