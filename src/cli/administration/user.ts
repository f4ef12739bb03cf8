import type { ListedUser, SiteUsers } from '../../server/users.ts';
import { whole } from '../cell.ts';
import { commandsWith } from '../command.ts';
import { answersYes } from '../confirmation.ts';
import type { Options } from '../declaration.ts';
import { exitCode } from '../exit-code.ts';
import { Interrupted } from '../interrupted.ts';
import { print } from '../output.ts';
import { columns } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { output } from './output-option.ts';
import { newPassword, passwordOptions } from './password.ts';
import { isAdministrator, type KnownBindings, knownBindings, rolesOf } from './user-roles.ts';

const { command, group } = commandsWith<{ terminal: Terminal }>();

const place = {
  dataDir: {
    type: 'text',
    placeholder: 'DIR',
    summary: 'the data directory of the server, whose configuration names the users file ($COMMISSAIRE_DATA_DIR)',
  },
  file: { type: 'text', placeholder: 'FILE', summary: 'the users file, instead of that of the configuration' },
} as const satisfies Options;

const name = { summary: 'name of the user' };

interface GivenPlace {
  readonly dataDir: string | undefined;
  readonly file: string | undefined;
}

const add = command({
  name: 'add',
  summary: 'Add a user who logs in with a password; a running server knows the user within a second',
  arguments: { name },
  options: { ...passwordOptions, ...place },
  examples: ['commissaire user add alice', 'commissaire user add alice --generate'],
  async handler({ terminal }, { name, ...given }) {
    const { addUser, checkNewUser } = await import('../../server/users.ts');
    const site = await siteOf(given, terminal);
    checkNewUser(site, name);
    const { password, isGenerated } = await passwordOf(given, terminal);
    await addUser(site, name, password);
    const { bindings } = await knownBindings(site);
    const roles = rolesOf(name, bindings, site.defaultRole);
    return say(terminal, [
      `user: ${name}`,
      `users file: ${site.file}`,
      ...(isGenerated ? [`password: ${password}`] : []),
      `roles: ${roles.length === 0 ? 'none' : roles.join(', ')}`,
      '',
      ...(isGenerated ? ['The password is not shown again.'] : []),
      ...(roles.length > 0 ? [] : nextRole(name)),
    ]);
  },
});

const passwd = command({
  name: 'passwd',
  summary:
    'Change the password of a user; a running server knows it within a second, and sessions and tokens stay valid',
  arguments: { name },
  options: { ...passwordOptions, ...place },
  examples: ['commissaire user passwd alice', 'commissaire user passwd alice --password-stdin < password'],
  async handler({ terminal }, { name, ...given }) {
    const { changePassword, checkListed } = await import('../../server/users.ts');
    const site = await siteOf(given, terminal);
    checkListed(site, name);
    const { password, isGenerated } = await passwordOf(given, terminal);
    await changePassword(site, name, password);
    return say(terminal, [
      `user: ${name}`,
      `users file: ${site.file}`,
      ...(isGenerated ? [`password: ${password}`] : []),
      '',
      ...(isGenerated ? ['The password is not shown again.'] : []),
      ...tokensStay(name),
    ]);
  },
});

const list = command({
  name: 'list',
  summary: 'List the users, with their roles as far as they are known',
  arguments: {},
  options: {
    output,
    ...place,
  },
  examples: ['commissaire user list', 'commissaire user list -o json'],
  async handler({ terminal }, { output, ...given }) {
    const { checkHasUsers } = await import('../../server/users.ts');
    const site = await siteOf(given, terminal);
    checkHasUsers(site);
    const { bindings, isComplete } = await knownBindings(site);
    const rows = site.users.map((user) => ({ ...user, roles: rolesOf(user.name, bindings, site.defaultRole) }));
    if (!isComplete) {
      await terminal.stderr.write(
        'note: no server answers over its socket; its role bindings are not known, only those of the configuration\n',
      );
    }
    return print(
      { terminal, format: output },
      { value: rows, table: () => userTable(rows), none: 'there are no users' },
    );
  },
});

const userTable = columns<ListedUser & { roles: readonly string[] }>({
  NAME: ({ name }) => whole(name),
  ROLES: ({ roles }) => (roles.length === 0 ? 'none' : roles.join(', ')),
  HASH: ({ hash }) => hash,
  SOURCE: ({ source }) => source,
});

const remove = command({
  name: 'delete',
  summary: 'Delete a user; a running server refuses the password within a second, but sessions and tokens stay valid',
  arguments: { name },
  options: {
    yes: { type: 'flag', short: 'y', summary: 'do not ask for a confirmation' },
    force: { type: 'flag', summary: 'also delete the last user who is an administrator' },
    ...place,
  },
  examples: ['commissaire user delete alice', 'commissaire user delete admin --force --yes'],
  async handler({ terminal }, { name, yes, force, ...given }) {
    const { checkListed, deleteUser } = await import('../../server/users.ts');
    const site = await siteOf(given, terminal);
    checkListed(site, name);
    const known = await knownBindings(site);
    if (!force) refuseLastAdministrator(name, site, known);
    const { stdin, stderr } = terminal;
    if (!yes && stdin.isTerminal && stderr.isTerminal) {
      await stderr.write(`delete the user ${name} from ${site.file}\n`);
      if (!(await answersYes(terminal, 'Continue?'))) {
        throw new Interrupted('commissaire: not confirmed, so nothing was done');
      }
    }
    deleteUser(site, name);
    const bound = known.bindings.some(({ subjects }) => subjects.includes(`user:${name}`));
    return say(terminal, [
      `deleted: ${name}`,
      `users file: ${site.file}`,
      '',
      ...tokensStay(name),
      ...(bound ? [`Role bindings of user:${name} stay, and count for a new user of that name.`] : []),
    ]);
  },
});

export const user = group('user', 'Users who log in with a password, in the users file of the server', [
  add,
  passwd,
  list,
  remove,
]);

async function siteOf({ dataDir, file }: GivenPlace, { environment }: Terminal): Promise<SiteUsers> {
  const { siteUsers } = await import('../../server/users.ts');
  return siteUsers({ dataDir, file, environment });
}

async function passwordOf(given: { passwordStdin: boolean; generate: boolean }, terminal: Terminal) {
  const { randomPassword } = await import('../../server/random-password.ts');
  return newPassword(given, terminal, randomPassword);
}

/** @throws UsageError */
function refuseLastAdministrator(name: string, { users, file }: SiteUsers, { bindings }: KnownBindings): void {
  const administrators = users.filter((user) => isAdministrator(user.name, bindings));
  const [only] = administrators;
  if (administrators.length !== 1 || only?.name !== name) return;
  throw new UsageError(`${name} is the last user of ${file} who is an administrator`, {
    hint: 'make another one first with `commissaire user add NAME`, or add --force',
  });
}

function nextRole(name: string): string[] {
  return [
    'Give the user a role, such as admin, operator or viewer, with:',
    `  commctl role-binding create ${bindingName(name)} operator ${shellWord(`user:${name}`)}`,
  ];
}

function tokensStay(name: string): string[] {
  return [
    'Sessions and tokens of the user stay valid until they end. Revoke them with:',
    `  commctl token revoke-all ${shellWord(name)}`,
  ];
}

async function say({ stdout }: Terminal, lines: readonly string[]): Promise<number> {
  await stdout.write(`${lines.join('\n')}\n`);
  return exitCode.done;
}

/** A name for a role binding made of that of a user. */
function bindingName(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'NAME';
}

function shellWord(text: string): string {
  return /^[\w.@:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
