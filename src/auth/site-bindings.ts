import { AppError } from '../lib/errors.ts';
import { type Selected, type Selection, select } from '../lib/selection.ts';
import type { Entry, Store } from '../store/contract.ts';
import { always } from '../store/precondition.ts';
import type { Authorizer } from './authorizer.ts';
import { type RoleBinding, type RoleBindingView, roleBindingRecords } from './bindings.ts';
import { checkClusterPatterns } from './cluster-patterns.ts';
import type { RoleAuthor, RoleChanges } from './role-changes.ts';
import { roleFixed } from './role-problems.ts';

/** Every binding of a role there is; those of the store can be changed. */
export class SiteBindings {
  readonly #store: Store;
  readonly #authorizer: Authorizer;
  readonly #changes: RoleChanges;

  constructor(store: Store, authorizer: Authorizer, changes: RoleChanges) {
    this.#store = store;
    this.#authorizer = authorizer;
    this.#changes = changes;
  }

  /** In the order of their names, unless the selection says otherwise. */
  async select(selection: Selection): Promise<Selected<RoleBindingView>> {
    return select([...(await this.#authorizer.rules()).bindings.values()], selection);
  }

  /** The binding, with the revision of its record where it has one, 0 elsewhere. @throws AppError `role_binding_not_found` */
  async entry(name: string): Promise<Entry<RoleBindingView>> {
    const stored = await this.#store.get(roleBindingRecords, name);
    const value = (await this.#authorizer.rules()).bindings.get(name);
    if (value === undefined) throw notFound(name);
    return { key: name, value, revision: stored?.revision ?? 0 };
  }

  /**
   * Creates or replaces it. It counts for the next request of its subjects.
   *
   * @throws AppError `role_fixed`, `role_unknown`, `invalid_member` for too many patterns, and as `RoleChanges.make` does
   */
  async put(name: string, binding: RoleBinding, author: RoleAuthor, check = always): Promise<RoleBindingView> {
    checkClusterPatterns(binding.clusters);
    const view: RoleBindingView = { name, ...binding, source: 'store' };
    await this.#changes.make(author, async (tx, before) => {
      checkChangeable(name);
      const stored = await tx.get(roleBindingRecords, name);
      check(stored?.revision);
      if (!before.roles.has(binding.role)) throw roleUnknown(binding.role);
      tx.put(roleBindingRecords, name, binding);
      const action = stored === undefined ? 'created' : 'updated';
      tx.emit({ type: 'role_binding', action, key: name, data: { by: author.identity.name } });
      return { ...before, bindings: new Map(before.bindings).set(name, view) };
    });
    return view;
  }

  /** @throws AppError `role_binding_not_found`, `role_fixed`, and as `RoleChanges.make` does */
  async delete(name: string, author: RoleAuthor, check = always): Promise<void> {
    await this.#changes.make(author, async (tx, before) => {
      if (before.bindings.get(name)?.source === 'configuration') checkChangeable(name);
      const stored = await tx.get(roleBindingRecords, name);
      check(stored?.revision);
      if (stored === undefined) throw notFound(name);
      tx.delete(roleBindingRecords, name);
      tx.emit({ type: 'role_binding', action: 'deleted', key: name, data: { by: author.identity.name } });
      return { ...before, bindings: new Map([...before.bindings].filter(([other]) => other !== name)) };
    });
  }
}

/** The configuration may get more bindings: their names are kept for it. */
function checkChangeable(name: string): void {
  if (/^configuration-\d+$/.test(name)) throw roleFixed(`the name ${name} is that of a binding of the configuration`);
}

function notFound(name: string): AppError {
  return new AppError('role_binding_not_found', `there is no role binding ${name}`, {
    hint: 'list the bindings with `commctl role-binding list`',
  });
}

function roleUnknown(role: string): AppError {
  return new AppError('role_unknown', `there is no role ${role} to bind`, {
    hint: 'list the roles with `commctl role list`, or create it with `commctl role create`',
    details: { role },
  });
}
