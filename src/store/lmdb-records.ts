import { type Database, getLastVersion, type RootDatabase } from 'lmdb';
import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import type { ChunkCollection, Collection, Entry, ListRange, Reader } from './contract.ts';
import { boundsOf } from './key-range.ts';
import type { ListRead, SeenKey } from './list-read.ts';
import { type Keyring, openRecord } from './seal.ts';
import type { StoredForm } from './stored-form.ts';
import { rawValues, StoredValues } from './stored-values.ts';
import type { BufferedTransaction } from './transaction.ts';

/** LMDB's limit for a key in this build, in bytes. */
const maxKeyBytes = 1978;
/** How many keys a list looks up together, before it reads the values one by one. */
const keysAtOnce = 64;

/** A collection with a table: of records, or of chunks, whose values are bytes. */
type Tabled<T> = Collection<T> | ChunkCollection;

/** The records and the chunks of the collections, each collection in its own table of LMDB. */
export class LmdbRecords implements Reader {
  readonly #root: RootDatabase<unknown, string>;
  readonly #keyring: Keyring;
  readonly #form: () => StoredForm;
  readonly #tables = new Map<string, Table>();
  #isClosed = false;

  /** @param form is read for each value */
  constructor(root: RootDatabase<unknown, string>, keyring: Keyring, form: () => StoredForm) {
    this.#root = root;
    this.#keyring = keyring;
    this.#form = form;
  }

  async get<T>(collection: Tabled<T>, key: string): Promise<Entry<T> | undefined> {
    if (!mayBeKey(key)) return undefined;
    const { rows, values } = this.#table(collection);
    // JSON is not copied: LMDB reuses these bytes at the next read.
    const stored = collection.form === 'bytes' ? rows.getBinary(key) : rows.getBinaryFast(key);
    if (stored === undefined) return undefined;
    const revision = getLastVersion();
    const value = collection.form === 'bytes' ? values.decodeBytes(key, stored, revision) : values.decode(key, stored);
    return { key, value: await this.#opened(collection, key, value), revision };
  }

  /**
   * Reads key by key, and keeps no cursor of LMDB while other work runs. When the entry of a cursor is deleted, LMDB
   * moves the cursor past the next entry, which the list would miss.
   */
  async *list<T>(collection: Tabled<T>, range: ListRange = {}): AsyncIterable<Entry<T>> {
    const pace = new Pace();
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for (let page: ListRange | undefined = range; page !== undefined && left > 0; ) {
      const keys = this.#keysOf(collection, page, Math.min(left, keysAtOnce));
      for (const key of keys) {
        const entry = await this.get(collection, key);
        if (entry === undefined) continue;
        left -= 1;
        yield entry;
        // Reading mapped memory never waits, so without this pause all other work would.
        if (pace.isDue) await pace.rest();
      }
      page = pageBehind(range, keys.at(-1));
    }
  }

  async count(collection: Collection<unknown>): Promise<number> {
    return this.#table(collection).rows.getKeysCount();
  }

  /** Whether all that the transaction read is still current. Nothing else runs during the call. */
  isOneMoment(transaction: BufferedTransaction): boolean {
    if (!transaction.readMoreThanOnce) return true;
    this.checkOpen();
    this.#root.resetReadTxn();
    return this.isAsRead(transaction);
  }

  /** Whether what the transaction read is still current. Call it where no other writer can run. */
  isAsRead({ reads, lists }: BufferedTransaction): boolean {
    for (const { collection, key, revision } of reads.values()) {
      if (this.#revisionOf(collection, key) !== revision) return false;
    }
    return lists.every((list) => list.isAs(this.#keys(list)));
  }

  /** The keys of a range with their revisions. The values are not parsed: there may be many. */
  *#keys({ collection, range }: ListRead): Generator<SeenKey> {
    if (!mayHoldKeys(range)) return;
    const { rows } = this.#table(collection);
    for (const key of rows.getKeys(boundsOf(range))) {
      rows.getBinaryFast(key);
      yield { key, revision: getLastVersion() };
    }
  }

  /**
   * The stored form of a value: the value itself, or sealed. Creates the table if it does not exist. @throws AppError
   * `shutting_down`
   */
  async sealed(collection: Tabled<unknown>, value: unknown): Promise<unknown> {
    this.#table(collection);
    return collection.form === 'sealed' && value !== undefined ? this.#keyring.seal(value) : value;
  }

  /** Call it in a transaction of LMDB. @param value as `sealed` returned it; undefined to delete the key */
  write(collection: Tabled<unknown>, key: string, value: unknown, revision: number): void {
    const { rows, values } = this.#table(collection);
    if (value === undefined) rows.removeSync(key);
    else if (value instanceof Uint8Array && collection.form === 'bytes') {
      rows.putSync(key, values.encodeBytes(key, value), revision);
    } else rows.putSync(key, values.encode(key, value), revision);
  }

  /** LMDB ends the whole process when a closed environment is used, so a late caller gets an error instead. */
  checkOpen(): void {
    if (this.#isClosed) throw new AppError('shutting_down', 'the store is closed');
  }

  /** From now on every call fails because the store is closed. */
  close(): void {
    this.#isClosed = true;
  }

  #keysOf(collection: Tabled<unknown>, { offset = 0, ...range }: ListRange, limit: number): string[] {
    if (!mayHoldKeys(range)) return [];
    return Array.from(this.#table(collection).rows.getKeys({ ...boundsOf(range), offset, limit }));
  }

  /** 0 for a key without a value. Does not read the value. */
  #revisionOf(collection: Tabled<unknown>, key: string): number {
    return this.#table(collection).rows.getBinaryFast(key) === undefined ? 0 : getLastVersion();
  }

  /** @throws AppError `shutting_down` */
  #table({ name }: Tabled<unknown>): Table {
    this.checkOpen();
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const rows = this.#root.openDB<Uint8Array, string>({ name, ...rawValues, useVersions: true });
    const table = { rows, values: new StoredValues(name, this.#form) };
    this.#tables.set(name, table);
    return table;
  }

  /** What LMDB counts of a table. */
  statsOf(collection: Tabled<unknown>): object {
    return this.#table(collection).rows.getStats();
  }

  /** @throws UnreadableRecord */
  async #opened<T>({ name, form }: Tabled<T>, key: string, value: unknown): Promise<T> {
    // Only values of T were written to the collection: the one place where the store trusts its own disk.
    if (form !== 'sealed') return value as T;
    const isEarlier = this.#form().kind !== 'checked';
    return (await openRecord(this.#keyring, { collection: name, key, sealed: String(value), isEarlier })) as T;
  }
}

interface Table {
  readonly rows: Database<Uint8Array, string>;
  readonly values: StoredValues;
}

/** The rest of a range after a key; undefined when there was no key. */
function pageBehind({ offset: _, ...range }: ListRange, last: string | undefined): ListRange | undefined {
  return last === undefined ? undefined : { ...range, after: last };
}

/** Whether a key can be stored. LMDB throws for one that cannot. */
function mayBeKey(key: string): boolean {
  return Buffer.byteLength(key) <= maxKeyBytes;
}

/** The same for keys that begin with a prefix: LMDB needs room for one more character, which ends the range. */
function mayHoldKeys({ prefix = '' }: ListRange): boolean {
  return mayBeKey(`${prefix}\uffff`);
}
