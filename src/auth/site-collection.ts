import type { AppError } from '../lib/errors.ts';
import { type Selected, type Selection, select } from '../lib/selection.ts';
import type { Collection, Entry, Store } from '../store/contract.ts';
import { always } from '../store/precondition.ts';
import type { Authorizer } from './authorizer.ts';
import type { Shown } from './layered.ts';
import type { RoleAuthor, RoleChanges } from './role-changes.ts';
import type { Rules } from './rules.ts';

/**
 * A noun of access control. Some of its values are fixed (built in, or from the configuration), the others are in the
 * store.
 *
 * `Members` is what a caller writes, `Stored` the stored form, `Fixed` the sources that only a start or a reload
 * changes.
 */
export interface SiteNoun<Members extends object, Stored extends object, Fixed extends string> {
  readonly records: Collection<Stored>;
  /** The type of its events. */
  readonly eventType: string;
  /** Its values in the rules. */
  of(rules: Rules): Things<Stored, Fixed>;
  /** The rules with other values of this noun. */
  into(rules: Rules, things: Things<Stored, Fixed>): Rules;
  /** The stored form of the members. @throws AppError for invalid members */
  stored(name: string, members: Members): Stored;
  /** Why the value with this name cannot be changed in the store; undefined when it can, whether it exists or not. */
  fixed(name: string, source: Fixed | 'store' | undefined, change: 'put' | 'delete'): AppError | undefined;
  notFound(name: string): AppError;
  /** @throws AppError when the rules do not have a role that it refers to */
  checkPut?(stored: Stored, before: Rules): void;
  /** @throws AppError while another value refers to it */
  checkDelete?(name: string, before: Rules): void;
}

type Things<Stored extends object, Fixed extends string> = ReadonlyMap<string, Shown<Stored, Fixed | 'store'>>;

/** All values of a noun, whatever their source; those of the store can be changed. */
export class SiteCollection<Members extends object, Stored extends object, Fixed extends string> {
  readonly #noun: SiteNoun<Members, Stored, Fixed>;
  readonly #store: Store;
  readonly #authorizer: Authorizer;
  readonly #changes: RoleChanges;

  constructor(
    noun: SiteNoun<Members, Stored, Fixed>,
    { store, authorizer, changes }: { store: Store; authorizer: Authorizer; changes: RoleChanges },
  ) {
    this.#noun = noun;
    this.#store = store;
    this.#authorizer = authorizer;
    this.#changes = changes;
  }

  /** All values, sorted by name. */
  async all(): Promise<Things<Stored, Fixed>> {
    return this.#noun.of(await this.#authorizer.rules());
  }

  /** Sorted by name, unless the selection says otherwise. */
  async select(selection: Selection): Promise<Selected<Shown<Stored, Fixed | 'store'>>> {
    return select([...(await this.all()).values()], selection);
  }

  /**
   * The value, with the revision of its record, or 0 without a record. @throws AppError as `SiteNoun.notFound` makes it
   */
  async entry(name: string): Promise<Entry<Shown<Stored, Fixed | 'store'>>> {
    const stored = await this.#store.get(this.#noun.records, name);
    const value = (await this.all()).get(name);
    if (value === undefined) throw this.#noun.notFound(name);
    return { key: name, value, revision: value.source === 'store' ? (stored?.revision ?? 0) : 0 };
  }

  /**
   * Creates or replaces it. The change applies from the next request of the callers concerned.
   *
   * @throws AppError `role_fixed`, and as the noun and `RoleChanges.make` do
   */
  async put(
    name: string,
    members: Members,
    author: RoleAuthor,
    check = always,
  ): Promise<Shown<Stored, Fixed | 'store'>> {
    const noun = this.#noun;
    const stored = noun.stored(name, members);
    const shown: Shown<Stored, Fixed | 'store'> = { name, ...stored, source: 'store' };
    await this.#changes.make(author, async (tx, before) => {
      const things = noun.of(before);
      this.#refuseFixed(name, things, 'put');
      const record = await tx.get(noun.records, name);
      check(record?.revision);
      noun.checkPut?.(stored, before);
      tx.put(noun.records, name, stored);
      const action = record === undefined ? 'created' : 'updated';
      tx.emit({ type: noun.eventType, action, key: name, data: { by: author.identity.name } });
      return noun.into(before, new Map(things).set(name, shown));
    });
    return shown;
  }

  /** @throws AppError `role_fixed`, and as the noun and `RoleChanges.make` do */
  async delete(name: string, author: RoleAuthor, check = always): Promise<void> {
    const noun = this.#noun;
    await this.#changes.make(author, async (tx, before) => {
      const things = noun.of(before);
      this.#refuseFixed(name, things, 'delete');
      check((await tx.get(noun.records, name))?.revision);
      if (!things.has(name)) throw noun.notFound(name);
      noun.checkDelete?.(name, before);
      tx.delete(noun.records, name);
      tx.emit({ type: noun.eventType, action: 'deleted', key: name, data: { by: author.identity.name } });
      return noun.into(before, new Map([...things].filter(([other]) => other !== name)));
    });
  }

  #refuseFixed(name: string, things: Things<Stored, Fixed>, change: 'put' | 'delete'): void {
    const refusal = this.#noun.fixed(name, things.get(name)?.source, change);
    if (refusal !== undefined) throw refusal;
  }
}
