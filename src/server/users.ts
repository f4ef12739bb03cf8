import { resolve } from 'node:path';
import { isHtpasswd } from '../auth/authenticators/basic/htpasswd.ts';
import { isPasswordHash } from '../auth/authenticators/basic/password-hash.ts';
import { checkUserName, usersIn, withoutUser, withUser } from '../auth/authenticators/basic/users-text.ts';
import type { Environment } from '../config/environment.ts';
import { Faults } from '../config/faults.ts';
import { gatherSettings } from '../config/gather.ts';
import type { Given } from '../config/given.ts';
import { dataDirectory } from '../config/load.ts';
import { readPlugins } from '../config/plugins.ts';
import { type ConfiguredBinding, readBindings } from '../config/roles.ts';
import { unixSocket } from '../config/unix-socket.ts';
import { readPath, readText } from '../config/values.ts';
import { AppError } from '../lib/errors.ts';
import { suggestName } from '../lib/nearest.ts';
import { changeUsersFile, readUsersFile } from './users-file.ts';

export interface UsersPlace {
  /** The data directory of the server; that of its configuration if not given. */
  readonly dataDir: string | undefined;
  /** The users file, instead of that of the configuration. */
  readonly file: string | undefined;
  readonly environment: Environment;
}

/** A user who is listed. */
export interface ListedUser {
  readonly name: string;
  /** `argon2id` or `bcrypt`; `unusable` when the user cannot log in. */
  readonly hash: 'argon2id' | 'bcrypt' | 'unusable';
  /** The file, or the place in the configuration, that lists the user. */
  readonly source: string;
}

/** The users of a server, and what its configuration says of their roles. */
export interface SiteUsers {
  /** The file that is changed; undefined when the configuration names none. */
  readonly file: string | undefined;
  readonly users: readonly ListedUser[];
  readonly bindings: readonly Pick<ConfiguredBinding, 'role' | 'subjects' | 'clusters' | 'max_hosts' | 'max_percent'>[];
  /** The role of users without a binding. */
  readonly defaultRole: string | undefined;
  /** The Unix socket of the server, if it is to have one. */
  readonly socket: string | undefined;
}

/** @throws AppError `invalid_configuration` */
export function siteUsers({ dataDir, file, environment }: UsersPlace): SiteUsers {
  const request = { flags: dataDir === undefined ? {} : { 'data-dir': dataDir }, environment };
  const { settings } = gatherSettings(request, new Faults());
  const plugins = settings.find('authentication-plugins');
  const basic = (plugins === undefined ? [] : readPlugins(plugins)).filter(({ name }) => name === 'httpbasicauth');
  const options = (name: string) => basic.flatMap((plugin) => plugin.options.filter((option) => option.name === name));
  const [filepath] = options('filepath');
  const found = file === undefined ? filepath && readPath(filepath.value) : resolve(file);
  const bindings = settings.find('role-bindings');
  const defaultRole = settings.find('default-role');
  return {
    file: found,
    users: [
      ...(found === undefined
        ? []
        : usersIn(readUsersFile(found), found).map(({ name, value }) => listed(name, value, found))),
      ...(file === undefined ? options('users').flatMap(({ value }) => inline(value)) : []),
    ],
    bindings: bindings === undefined ? [] : readBindings(bindings),
    defaultRole: defaultRole && readText(defaultRole),
    socket: unixSocket(settings, dataDirectory(settings, request))?.path,
  };
}

/** @throws AppError `invalid_name`, `invalid_configuration` */
export async function addUser(site: SiteUsers, name: string, password: string): Promise<void> {
  const file = fileOf(site);
  const isForHtpasswd = isHtpasswd(readUsersFile(file));
  checkUserName(name, isForHtpasswd);
  if (site.users.some((user) => user.name === name)) throw alreadyThere(name);
  const hash = await hashOf(password, isForHtpasswd);
  changeUsersFile(file, (text) => {
    if (usersIn(text, file).some((user) => user.name === name)) throw alreadyThere(name);
    return withUser(text, { name, hash }, file);
  });
}

/** @throws AppError `invalid_configuration` */
export async function changePassword(site: SiteUsers, name: string, password: string): Promise<void> {
  const file = fileOf(site);
  checkListed(site, name);
  const hash = await hashOf(password, isHtpasswd(readUsersFile(file)));
  changeUsersFile(file, (text) => withUser(text, { name, hash }, file));
}

/** @throws AppError `invalid_configuration` */
export function deleteUser(site: SiteUsers, name: string): void {
  const file = fileOf(site);
  checkListed(site, name);
  changeUsersFile(file, (text) => withoutUser(text, name, file));
}

/** Checked before a password is asked for. @throws AppError `invalid_name`, `invalid_configuration` */
export function checkNewUser(site: SiteUsers, name: string): void {
  checkUserName(name, isHtpasswd(readUsersFile(fileOf(site))));
  if (site.users.some((user) => user.name === name)) throw alreadyThere(name);
}

/** @throws AppError `invalid_configuration` for a user whom the file does not list */
export function checkListed(site: SiteUsers, name: string): void {
  const file = fileOf(site);
  const user = site.users.find((each) => each.name === name);
  if (user?.source === file) return;
  if (user !== undefined) {
    throw new AppError('invalid_configuration', `the user "${name}" is not in ${file} but at ${user.source}`, {
      hint: 'change the configuration there, and reload the server with SIGUSR1',
    });
  }
  const names = site.users.map((each) => each.name);
  throw new AppError('invalid_configuration', `there is no user "${name}" in ${file}`, {
    hint: names.length === 0 ? 'add one with `commissaire user add NAME`' : suggestName(name, names),
  });
}

/** @throws AppError `invalid_configuration` when the configuration has no place for users */
export function checkHasUsers(site: SiteUsers): void {
  if (site.users.length === 0) fileOf(site);
}

function fileOf({ file }: SiteUsers): string {
  if (file !== undefined) return file;
  throw new AppError('invalid_configuration', 'the configuration of the server names no users file', {
    hint: 'name its data directory with --data-dir, or give httpbasicauth the option "filepath", or name a file with --file',
  });
}

/** The kinds of hash that `init` and Apache use. Apache knows bcrypt as `$2y$`, which is the same. */
async function hashOf(password: string, isForHtpasswd: boolean): Promise<string> {
  if (!isForHtpasswd) return Bun.password.hash(password, 'argon2id');
  const length = new TextEncoder().encode(password).length;
  if (length > mostForBcrypt) {
    throw new AppError(
      'invalid_configuration',
      `the password has ${length} bytes, and bcrypt, which a .htpasswd has, reads ${mostForBcrypt} of them`,
      { hint: 'choose a shorter one' },
    );
  }
  return (await Bun.password.hash(password, { algorithm: 'bcrypt', cost: 12 })).replace(/^\$2b\$/, '$2y$');
}

const mostForBcrypt = 72;

function inline(given: Given): ListedUser[] {
  if (given.kind !== 'object') return [];
  return given.members.map(({ name, where, value }) => listed(name, value, where));
}

function listed(name: string, value: Given, source: string): ListedUser {
  const hash = value.kind === 'object' ? value.members.find((member) => member.name === 'hash')?.value : undefined;
  const text = hash?.kind === 'scalar' && typeof hash.value === 'string' ? hash.value : '';
  const kind = text.startsWith('$argon2') ? 'argon2id' : 'bcrypt';
  return { name, hash: isPasswordHash(text) ? kind : 'unusable', source };
}

function alreadyThere(name: string): AppError {
  return new AppError('invalid_configuration', `there is a user "${name}" already`, {
    hint: `change the password with \`commissaire user passwd ${name}\``,
  });
}
