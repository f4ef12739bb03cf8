/**
 * Letters, digits, `-` and `_` (contract 1.1): the names of records, and those of roles and bindings in the
 * configuration.
 */
const wellFormed = /^[A-Za-z0-9_-]{1,255}$/;

/** The hint for an invalid name. */
export const nameHint = 'use 1 to 255 letters, digits, "-" and "_"';

export function isName(text: string): boolean {
  return wellFormed.test(text);
}
