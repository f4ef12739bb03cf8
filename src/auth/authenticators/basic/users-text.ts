import { parseDocument } from 'yaml';
import { parseGivenObject } from '../../../config/document.ts';
import type { Member } from '../../../config/given.ts';
import { AppError } from '../../../lib/errors.ts';
import { isSubject } from '../../../lib/subjects.ts';
import { isHtpasswd, parseHtpasswd } from './htpasswd.ts';

/** The users that the text of a users file lists. @throws AppError `invalid_configuration` */
export function usersIn(text: string, path: string): readonly Member[] {
  return isHtpasswd(text) ? parseHtpasswd(text, path) : parseGivenObject(text, path).members;
}

/**
 * The text with a user, who gets the hash; everything else in it stays.
 *
 * @throws AppError `invalid_configuration` when the text is no users file, `invalid_name`
 */
export function withUser(text: string, { name, hash }: { name: string; hash: string }, path: string): string {
  usersIn(text, path);
  checkUserName(name, isHtpasswd(text));
  if (isHtpasswd(text)) return withLine(text, name, `${name}:${hash}`);
  const json = objectOfJson(text);
  if (json === undefined) return changedYaml(text, (document) => document.setIn([name, 'hash'], hash));
  return textOfJson({ ...json, [name]: { ...entryOf(json[name]), hash } });
}

/** The text without a user. @throws AppError `invalid_configuration` when the text is no users file */
export function withoutUser(text: string, name: string, path: string): string {
  usersIn(text, path);
  if (isHtpasswd(text)) return withLine(text, name, undefined);
  const json = objectOfJson(text);
  if (json === undefined) return changedYaml(text, (document) => document.deleteIn([name]));
  return textOfJson(Object.fromEntries(Object.entries(json).filter(([each]) => each !== name)));
}

/**
 * The names with which a user can log in (RFC 7617) and that a role can be bound to.
 *
 * @throws AppError `invalid_name`
 */
export function checkUserName(name: string, isForHtpasswd: boolean): void {
  const isWritable = !isForHtpasswd || (/^[^{["'#\s]/.test(name) && name.trim() === name);
  if (name !== '' && !name.includes(':') && isSubject(`user:${name}`) && isWritable) return;
  throw new AppError('invalid_name', `${JSON.stringify(name.slice(0, 80))} is not the name of a user`, {
    hint: 'use up to 507 characters without ":" and control characters; in a .htpasswd also without blanks around it, and not beginning with {, [, #, or a quote',
  });
}

/** Apache counts the first line of a user, so all of them are changed. */
function withLine(text: string, name: string, line: string | undefined): string {
  const lines = text.split('\n').filter((each, index, all) => each !== '' || index < all.length - 1);
  const isOf = (each: string) => each.trim().startsWith(`${name}:`);
  const first = lines.findIndex(isOf);
  const rest = lines.filter((each, index) => !isOf(each) || (index === first && line !== undefined));
  const changed = rest.map((each) => (isOf(each) && line !== undefined ? line : each));
  const all = first === -1 && line !== undefined ? [...changed, line] : changed;
  return all.map((each) => `${each}\n`).join('');
}

/** Undefined for YAML. An empty file is an empty object. */
function objectOfJson(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  try {
    return entryOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function entryOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOfJson(users: object): string {
  return `${JSON.stringify(users, null, 2)}\n`;
}

/** Keeps comments. */
function changedYaml(text: string, change: (document: ReturnType<typeof parseDocument>) => void): string {
  const document = parseDocument(text, { stringKeys: true });
  change(document);
  return document.toString();
}
