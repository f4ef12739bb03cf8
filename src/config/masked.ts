import type { Given, plainValue } from './given.ts';

/** What stands for a secret, as in the answers of the API. */
const mask = '***';
const secretNames = /(hash|password|secret|token|key)$/;

/** What was given for an option, as JSON has it, fit for a screen. */
export function maskedValue(given: Given, name: string): unknown {
  if (given.kind === 'scalar') return maskedScalar(given.value, name.replaceAll('_', '-').toLowerCase());
  if (given.kind === 'list') return given.items.map((item) => maskedValue(item, name));
  return Object.fromEntries(given.members.map((member) => [member.name, maskedValue(member.value, member.name)]));
}

function maskedScalar(value: ReturnType<typeof plainValue>, name: string): unknown {
  if (value === null || value === '') return value;
  if (secretNames.test(name)) return mask;
  if (typeof value !== 'string') return value;
  return name === 'url' ? maskedPath(value) : value.replace(/(:\/\/)[^/?#\s]*@/, `$1${mask}@`);
}

/** Who knows the whole URL of a webhook may post to it. */
function maskedPath(text: string): string {
  const url = URL.parse(text);
  return url === null || url.pathname === '/' ? mask : `${url.origin}/${mask}`;
}
