import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseGivenObject } from '../../../config/document.ts';
import { describeUnseen, fault, type Given, type GivenObject, type Member } from '../../../config/given.ts';
import { readText } from '../../../config/values.ts';
import { withoutByteOrderMark } from '../../../lib/byte-order-mark.ts';
import { describeError } from '../../../lib/errors.ts';
import { isHtpasswd, parseHtpasswd } from './htpasswd.ts';
import { isPasswordHash } from './password-hash.ts';

export interface Users {
  /** The password hash of every user who can log in. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Why other listed users cannot log in, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * The users of `httpbasicauth`, `{"<user>": {"hash": "…"}}`: those given inline, and those of the file, which take
 * precedence. The file may also be a `.htpasswd` of Apache.
 *
 * @throws AppError `invalid_configuration` when the file cannot be used: a server that no user can log in to is of no
 *   use, and must say so when it starts (the original only warned)
 */
export function loadUsers(inline: Given | undefined, filepath: Given | undefined): Users {
  const listed = new Map<string, Given>();
  if (inline !== undefined) for (const { name, value } of usersObject(inline).members) listed.set(name, value);
  if (filepath !== undefined) for (const { name, value } of readUsersFile(filepath)) listed.set(name, value);
  const hashes = new Map<string, string>();
  const notes: string[] = [];
  for (const [user, entry] of listed) {
    const hash = hashOf(entry);
    if (hash !== undefined && isPasswordHash(hash)) hashes.set(user, hash);
    else
      notes.push(
        `${entry.where}: the user "${user}" has no ${hash === undefined ? '' : 'usable '}hash and cannot log in`,
      );
  }
  return { hashes, notes };
}

function readUsersFile(filepath: Given): readonly Member[] {
  const path = resolve(readText(filepath));
  try {
    const text = withoutByteOrderMark(readFileSync(path, 'utf8'));
    return isHtpasswd(text) ? parseHtpasswd(text, path) : parseGivenObject(text, path).members;
  } catch (cause) {
    const reasons = describeError(cause).replaceAll('\n', '; ');
    const problem = `the users file ${path} cannot be used: ${reasons}`;
    throw fault(filepath.where, problem, fileForms, cause);
  }
}

const fileForms = 'it must be a readable file with {"<user>": {"hash": "<hash>"}}, or a .htpasswd of Apache';

function usersObject(given: Given): GivenObject {
  if (given.kind === 'object') return given;
  const problem = `users is ${describeUnseen(given)}, not an object`;
  throw fault(given.where, problem, 'write {"<user>": {"hash": "<hash>"}} in the configuration file, or use filepath');
}

function hashOf(entry: Given): string | undefined {
  const hash = entry.kind === 'object' ? entry.members.find(({ name }) => name === 'hash')?.value : undefined;
  return hash?.kind === 'scalar' && typeof hash.value === 'string' && hash.value !== '' ? hash.value : undefined;
}
