/**
 * The syntax of the subjects of role bindings, as JSON Schema. Schemas use it, and code that cannot wait for schemas
 * uses `isSubject`.
 */
export const subjectSyntax = {
  pattern: '^(user|group|certificate|claim):[^\\u0000-\\u001f\\u007f]+$',
  maxLength: 512,
  description: 'user:NAME, group:NAME, certificate:COMMON_NAME or claim:NAME=VALUE',
  form: 'a subject of at most 512 characters: user:NAME, group:NAME, certificate:COMMON_NAME or claim:NAME=VALUE',
} as const;

/** The hint for an invalid subject. */
export const subjectHint = `write ${subjectSyntax.description}`;

const wellFormed = new RegExp(subjectSyntax.pattern);

export function isSubject(text: string): boolean {
  return text.length <= subjectSyntax.maxLength && wellFormed.test(text);
}
