import { type Given, givenScalar, type Member } from '../../../config/given.ts';

/** Whether a users file is one of Apache's: its first line with content is `user:hash`. */
export function isHtpasswd(text: string): boolean {
  const [, first] = lines(text).find(([, line]) => says(line)) ?? [];
  return first !== undefined && userLine.test(first);
}

/**
 * The users of Apache's `.htpasswd`, each in the form of a users file. Of a user listed twice the first line counts, as
 * in Apache. An invalid line becomes a user without a hash, named by the text before the colon: the rest of the line
 * may be a secret.
 */
export function parseHtpasswd(text: string, path: string): Member[] {
  const users = new Map<string, Member>();
  for (const [number, line] of lines(text)) {
    if (!says(line)) continue;
    const where = `${path}:${number}:1`;
    const [, user = nameIn(line), hash = ''] = userLine.exec(line) ?? [];
    const key = user === '' ? where : user;
    if (!users.has(key)) users.set(key, { name: user, where, value: entryOf(hash, where) });
  }
  return [...users.values()];
}

/** Text after a second colon is a remark. */
const userLine = /^([^:{["'\s][^:]*):([^:\s]+)(?::.*)?$/;

function nameIn(line: string): string {
  return line.slice(0, Math.max(0, line.indexOf(':')));
}

function entryOf(hash: string, where: string): Given {
  return { kind: 'object', where, members: [{ name: 'hash', where, value: givenScalar(where, hash) }] };
}

function says(line: string): boolean {
  return line !== '' && !line.startsWith('#');
}

/** The lines with their numbers, from 1. */
function lines(text: string): Array<[number, string]> {
  return text.split('\n').map((line, index) => [index + 1, line.trim()]);
}
