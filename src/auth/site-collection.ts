import type { AppError } from '../lib/errors.ts';
import { type Selected, type Selection, select } from '../lib/selection.ts';
import type { Collection, Entry, Store } from '../store/contract.ts';
import { always } from '../store/precondition.ts';
import type { Authorizer } from './authorizer.ts';
import type { Shown } from './layered.ts';
import type { RoleAuthor, RoleChanges } from './role-changes.ts';
import type { Rules } from './rules.ts';

/**
 * A kind of thing that decides who may do what, of which some are fixed (built in, or of the configuration) and the others
 * are kept in the store.
 *
 * `Members` is what a caller writes, `Stored` what is kept of it, `Fixed` the places that only a start or a reload changes.
 */
export interface SiteNoun<Members extends object, Stored extends object, Fixed extends string> {
  readonly records: Collection<Stored>;
  /** That of its events. */
  readonly eventType: string;
  /** Where the rules have them. */
  of(rules: Rules): Things<Stored, Fixed>;
  /** The rules with others in that place. */
  into(rules: Rules, things: Things<Stored, Fixed>): Rules;
  /** What is kept under a name. @throws AppError for members that say what cannot be */
  stored(name: string, members: Members): Stored;
  /** Why what has this name cannot be changed in the store; undefined when it can, be it there or not. */
  fixed(name: string, source: Fixed | 'store' | undefined, change: 'put' | 'delete'): AppError | undefined;
  notFound(name: string): AppError;
  /** @throws AppError when the rules do not have what it refers to */
  checkPut?(stored: Stored, before: Rules): void;
  /** @throws AppError while something else refers to it */
  checkDelete?(name: string, before: Rules): void;
}

type Things<Stored extends object, Fixed extends string> = ReadonlyMap<string, Shown<Stored, Fixed | 'store'>>;

/** Every thing of a kind that there is, wherever it stands; those of the store can be changed. */
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

  /** By name, in the order of their names. */
  async all(): Promise<Things<Stored, Fixed>> {
    return this.#noun.of(await this.#authorizer.rules());
  }

  /** In the order of their names, unless the selection says otherwise. */
  async select(selection: Selection): Promise<Selected<Shown<Stored, Fixed | 'store'>>> {
    return select([...(await this.all()).values()], selection);
  }

  /** The thing, with the revision of its record where it has one, 0 elsewhere. @throws AppError as `SiteNoun.notFound` makes it */
  async entry(name: string): Promise<Entry<Shown<Stored, Fixed | 'store'>>> {
    const stored = await this.#store.get(this.#noun.records, name);
    const value = (await this.all()).get(name);
    if (value === undefined) throw this.#noun.notFound(name);
    return { key: name, value, revision: value.source === 'store' ? (stored?.revision ?? 0) : 0 };
  }

  /**
   * Creates or replaces it. It counts for the next request of whoever it concerns.
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
