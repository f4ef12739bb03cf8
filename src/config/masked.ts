import { nearestName } from '../lib/nearest.ts';
import type { Given, plainValue } from './given.ts';

/** Replaces a secret, as in the answers of the API. */
const mask = '***';
const secretNames = /(hash|pass(word|phrase|wd)|secret|token|key)$/;
/** A misspelt name may still contain a secret. */
const oftenMisspelt = ['token', 'password', 'passphrase', 'secret'];
/** Everything in it is masked, in case it is no hash. */
const usersName = 'users';

/** The value of an option as JSON, without secrets. */
export function maskedValue(given: Given, name: string): unknown {
  if (name === usersName) return maskedUsers(given);
  if (given.kind === 'scalar') return maskedScalar(given.value, name.replaceAll('_', '-').toLowerCase());
  if (given.kind === 'list') return given.items.map((item) => maskedValue(item, name));
  return Object.fromEntries(given.members.map((member) => [member.name, maskedValue(member.value, member.name)]));
}

function maskedUsers(given: Given): unknown {
  if (given.kind !== 'object') return mask;
  return Object.fromEntries(given.members.map(({ name }) => [name, mask]));
}

function maskedScalar(value: ReturnType<typeof plainValue>, name: string): unknown {
  if (value === null || value === '') return value;
  if (secretNames.test(name) || nearestName(name, oftenMisspelt) !== undefined) return mask;
  if (typeof value !== 'string') return value;
  return name === 'url' ? maskedPath(value) : value.replace(/(\/\/)[^/?#\s]*@/, `$1${mask}@`);
}

/** Whoever knows the whole URL of a webhook may post to it. */
function maskedPath(text: string): string {
  const url = URL.parse(text);
  return url === null || url.pathname === '/' ? mask : `${url.origin}/${mask}`;
}
