import { AppError } from '../lib/errors.ts';
import { type Selected, type Selection, select } from '../lib/selection.ts';
import type { Entry, Store } from '../store/contract.ts';
import { always } from '../store/precondition.ts';
import type { Authorizer } from './authorizer.ts';
import type { RoleAuthor, RoleChanges } from './role-changes.ts';
import { roleFixed, roleNotFound } from './role-problems.ts';
import { type Role, type RoleView, roleRecords } from './roles.ts';

/** Every role there is; those of the store can be changed. */
export class SiteRoles {
  readonly #store: Store;
  readonly #authorizer: Authorizer;
  readonly #changes: RoleChanges;

  constructor(store: Store, authorizer: Authorizer, changes: RoleChanges) {
    this.#store = store;
    this.#authorizer = authorizer;
    this.#changes = changes;
  }

  /** In the order of their names, unless the selection says otherwise. */
  async select(selection: Selection): Promise<Selected<RoleView>> {
    return select([...(await this.#authorizer.rules()).roles.values()], selection);
  }

  /** By name. */
  async all(): Promise<ReadonlyMap<string, Role>> {
    return (await this.#authorizer.rules()).roles;
  }

  /** The role, with the revision of its record where it has one, 0 elsewhere. @throws AppError `role_not_found` */
  async entry(name: string): Promise<Entry<RoleView>> {
    const stored = await this.#store.get(roleRecords, name);
    const value = (await this.#authorizer.rules()).roles.get(name);
    if (value === undefined) throw roleNotFound(name);
    return { key: name, value, revision: value.source === 'store' ? (stored?.revision ?? 0) : 0 };
  }

  /**
   * Creates or replaces it; whoever it is bound to is allowed what it says from then on.
   *
   * @throws AppError `role_fixed`, and as `RoleChanges.make` does
   */
  async put({ name, permissions }: Role, author: RoleAuthor, check = always): Promise<RoleView> {
    const role: Role = { name, permissions: [...new Set(permissions)] };
    const view: RoleView = { ...role, source: 'store' };
    await this.#changes.make(author, async (tx, before) => {
      checkChangeable(name, before.roles.get(name));
      const stored = await tx.get(roleRecords, name);
      check(stored?.revision);
      tx.put(roleRecords, name, role);
      const action = stored === undefined ? 'created' : 'updated';
      tx.emit({ type: 'role', action, key: name, data: { by: author.identity.name } });
      return { ...before, roles: new Map(before.roles).set(name, view) };
    });
    return view;
  }

  /** @throws AppError `role_not_found`, `role_fixed`, `in_use` while a binding names it */
  async delete(name: string, author: RoleAuthor, check = always): Promise<void> {
    await this.#changes.make(author, async (tx, before) => {
      const view = before.roles.get(name);
      checkChangeable(name, view);
      check((await tx.get(roleRecords, name))?.revision);
      if (view === undefined) throw roleNotFound(name);
      const binding = [...before.bindings.values()].find(({ role }) => role === name);
      if (binding !== undefined) throw roleInUse(name, binding.name);
      tx.delete(roleRecords, name);
      tx.emit({ type: 'role', action: 'deleted', key: name, data: { by: author.identity.name } });
      return { ...before, roles: new Map([...before.roles].filter(([other]) => other !== name)) };
    });
  }
}

const otherName = 'make a role of another name with `commctl role create`';

/** `none` is how `default-role` says that there is no role. */
function checkChangeable(name: string, role: RoleView | undefined): void {
  if (name === 'none') throw roleFixed('none stands for no role, and is the name of none', otherName);
  if (role?.source === 'built_in') throw roleFixed(`the role ${name} is built in and stays as it is`, otherName);
  if (role?.source === 'configuration') throw roleFixed(`the role ${name} stands in the configuration of the server`);
}

function roleInUse(name: string, binding: string): AppError {
  return new AppError('in_use', `the role ${name} is used by the binding ${binding}`, {
    hint: `bind another role there, or delete the binding first with \`commctl role-binding delete ${binding}\``,
    details: { binding },
  });
}
