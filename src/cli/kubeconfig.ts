import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ClientCredentials } from '../client/credentials.ts';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { systemReason } from '../lib/system-reason.ts';
import { UsageError } from './usage-error.ts';

/**
 * The credentials of the user of the current context of a kubeconfig (contract 12.5): a token, else a name and a
 * password, else a client certificate. The address of its cluster does not matter.
 *
 * @throws UsageError
 */
export async function kubeconfigCredentials(path: string): Promise<ClientCredentials> {
  const file = await readKubeconfig(path);
  const current = textOf(file.members, 'current-context', path);
  if (current === undefined) throw new UsageError(`${path}: there is no current-context`);
  const context = entryOf(file, 'contexts', 'context', current);
  const name = textOf(context, 'user', path);
  if (name === undefined) throw new UsageError(`${path}: the context "${current}" has no user`);
  return credentialsOf({ path, name, members: entryOf(file, 'users', 'user', name) });
}

type Members = Readonly<Record<string, unknown>>;

interface Kubeconfig {
  path: string;
  members: Members;
}

interface User extends Kubeconfig {
  name: string;
}

async function credentialsOf(user: User): Promise<ClientCredentials> {
  const { members, path } = user;
  refuseImpersonation(user);
  const token = await tokenOf(user);
  if (token !== undefined) return { token: checkedToken(token, user) };
  const username = textOf(members, 'username', path);
  const password = textOf(members, 'password', path);
  if (username !== undefined && password !== undefined) return { username, password };
  const certificate = await pemOf(user, 'client-certificate');
  const key = await pemOf(user, 'client-key');
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  const way = ['exec', 'auth-provider'].find((member) => members[member] !== undefined);
  const lack = `the user "${user.name}" has no credentials that commctl can send`;
  throw new UsageError(way === undefined ? `${path}: ${lack}` : `${path}: ${lack}: it gets them by "${way}"`, {
    hint:
      way === undefined
        ? 'give the user a token, a username and a password, or a client-certificate and a client-key'
        : 'commctl runs no program to get credentials: give the user a token, a password or a client certificate',
  });
}

/** As with client-go, what the token file holds has precedence over `token`, which counts while there is no such file. */
async function tokenOf({ members, path }: User): Promise<string | undefined> {
  const token = textOf(members, 'token', path) || undefined;
  const file = textOf(members, 'tokenFile', path) || undefined;
  if (file === undefined) return token;
  const place = resolve(dirname(path), file);
  if (token === undefined) return (await contentOf(place, 'token')).trim();
  const content = await contentOf(place, 'token').catch(() => '');
  return content.trim() || token;
}

/** Members that make a request another user's. Without them, it would have more rights than the file says, or less. */
const impersonation = ['as', 'as-uid', 'as-groups', 'as-user-extra', 'act-as'];

function refuseImpersonation({ members, path, name }: User): void {
  const found = impersonation.find((member) => ![undefined, null, ''].includes(Object(members)[member]));
  if (found === undefined) return;
  throw new UsageError(`${path}: the user "${name}" acts as another with "${found}", which commctl cannot do`, {
    hint: 'give commctl a kubeconfig of that other user, or a context whose user does without it',
  });
}

/** RFC 6750, section 2.1: any other character could end the header. */
function checkedToken(token: string, { path, name }: User): string {
  if (/^[A-Za-z0-9._~+/-]+=*$/.test(token)) return token;
  throw new UsageError(`${path}: the token of the user "${name}" has characters that no token has`);
}

async function pemOf({ members, path }: User, member: string): Promise<string | undefined> {
  const data = textOf(members, `${member}-data`, path);
  const file = textOf(members, member, path);
  if (data === undefined && file === undefined) return undefined;
  const pem =
    data === undefined
      ? await contentOf(resolve(dirname(path), file ?? ''), member)
      : Buffer.from(data, 'base64').toString('utf8');
  if (pem.includes('-----BEGIN ')) return pem;
  throw new UsageError(`${path}: ${data === undefined ? member : `${member}-data`} is not in the form PEM`);
}

/** The entry of this name in one of the lists. */
function entryOf({ members, path }: Kubeconfig, list: string, member: string, name: string): Members {
  const entries: unknown = members[list];
  const found: unknown = Array.isArray(entries)
    ? entries.find((entry: unknown) => isMembers(entry) && entry.name === name)
    : undefined;
  const value: unknown = isMembers(found) ? found[member] : undefined;
  if (isMembers(value)) return value;
  throw new UsageError(`${path}: there is no ${member} "${name}"`);
}

async function readKubeconfig(path: string): Promise<Kubeconfig> {
  const text = await contentOf(path, 'kubeconfig');
  const { parse } = await import('yaml');
  // kubectl reads YAML 1.1, which has merge keys.
  const parsed = parsedWith((content) => parse(content, { merge: true }), text, path);
  if (isMembers(parsed)) return { path, members: parsed };
  throw new UsageError(`${path}: a kubeconfig is one object`);
}

function parsedWith(parse: (text: string) => unknown, text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const [problem] = String(error instanceof Error ? error.message : error).split('\n');
    throw new UsageError(`${path}: not YAML: ${problem}`, { cause: error });
  }
}

async function contentOf(path: string, what: string): Promise<string> {
  try {
    return withoutByteOrderMark(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read the ${what} ${path}: ${systemReason(error)}`, { cause: error });
  }
}

function textOf(members: Members, name: string, path: string): string | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new UsageError(`${path}: "${name}" must be a string`);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
