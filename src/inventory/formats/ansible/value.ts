/** The value of a variable, as far as it can matter for a login. */
export type Value =
  | { type: 'text'; text: string }
  /** A whole number, in decimal. */
  | { type: 'number'; text: string }
  /** As if the variable were not set. */
  | { type: 'none' }
  /** Encrypted by ansible-vault. */
  | { type: 'vaulted' }
  /** Anything else: a list, an object, true, a date. */
  | { type: 'other' };

export type Variables = ReadonlyMap<string, Value>;

/** Templates of Jinja, which only Ansible can fill in. */
export function isTemplate(text: string): boolean {
  return /\{\{|\{%|\{#/.test(text);
}
