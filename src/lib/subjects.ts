/** What roles are bound to, as JSON Schema says it. A schema is made of it, and who cannot wait for schemas asks `isSubject`. */
export const subjectSyntax = {
  pattern: '^(user|group|certificate|claim):[^\\u0000-\\u001f\\u007f]+$',
  maxLength: 512,
  description: 'user:NAME, group:NAME, certificate:COMMON_NAME or claim:NAME=VALUE',
} as const;

/** How a subject is written, for whoever wrote something else. */
export const subjectHint = `write ${subjectSyntax.description}`;

const wellFormed = new RegExp(subjectSyntax.pattern);

export function isSubject(text: string): boolean {
  return text.length <= subjectSyntax.maxLength && wellFormed.test(text);
}
