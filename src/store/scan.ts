import { dirname } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { Pace } from '../lib/pace.ts';
import type { AnyCollection } from './contract.ts';
import { type Keyring, openRecord } from './seal.ts';
import { dataFileOf } from './store-file.ts';
import { newForm, readForm, type StoredForm } from './stored-form.ts';
import { rawValues, StoredValues } from './stored-values.ts';
import { metaTable, ownTables, tableLimit } from './tables.ts';
import { UnreadableRecord } from './unreadable-record.ts';

/** A row of a table, and its value; or why that cannot be read. */
export type ScannedRow =
  | { readonly key: string; readonly bytes: number; readonly value: unknown }
  | { readonly key: string; readonly bytes: number; readonly fault: string };

/** A stored row as LMDB has it: the value begins with its revision, where the table has revisions. */
export interface RawRow {
  readonly key: string;
  readonly value: Buffer;
}

/** Bytes of the revision before each value of a collection. */
const revisionBytes = 8;

/** Every table of a store that no server has open, and whose structure was checked: LMDB trusts what it maps. */
export class StoreScan implements AsyncDisposable {
  readonly #root: RootDatabase<unknown, string>;
  readonly #form: StoredForm;

  /** @param directory a data directory */
  constructor(directory: string) {
    const path = dirname(dataFileOf(directory));
    this.#root = open({ path, readOnly: true, maxDbs: tableLimit, ...rawValues });
    const meta = this.#table(metaTable);
    this.#form = readForm((key) => meta?.get(key)) ?? newForm;
  }

  /** Whether all values have checksums. */
  get isChecked(): boolean {
    return this.#form.kind === 'checked';
  }

  /** The names of the tables of collections, as the file has them. */
  names(): string[] {
    return Array.from(this.#root.getKeys(), String).filter((name) => !ownTables.includes(name));
  }

  /** Every row of a table, with the store's own tables too. */
  *raw(name: string): Generator<RawRow> {
    const table = this.#table(name);
    for (const { key, value } of table?.getRange() ?? []) yield { key, value: Buffer.from(value) };
  }

  /** All names, with the store's own tables. */
  allNames(): string[] {
    return [...ownTables, ...this.names()];
  }

  /**
   * The rows of a collection, decoded: checksum, seal, and JSON.
   *
   * @param keyring without it, sealed values are not opened, and their value is undefined
   */
  async *rows({ name, form }: AnyCollection, keyring: Keyring | undefined): AsyncGenerator<ScannedRow> {
    const values = new StoredValues(name, () => this.#form);
    const pace = new Pace();
    for (const { key, value: stored } of this.raw(name)) {
      if (pace.isDue) await pace.rest();
      const bytes = stored.length;
      try {
        const content = stored.subarray(revisionBytes);
        const revision = stored.length < revisionBytes ? 0 : stored.readDoubleLE(0);
        if (form === 'bytes') yield { key, bytes, value: values.decodeBytes(key, content, revision) };
        else yield { key, bytes, value: await this.#opened(name, key, values.decode(key, content), form, keyring) };
      } catch (error) {
        if (!(error instanceof UnreadableRecord)) throw error;
        yield { key, bytes, fault: error.message };
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root.close();
  }

  async #opened(collection: string, key: string, value: unknown, form: 'record' | 'sealed', keyring?: Keyring) {
    if (form === 'record') return value;
    if (keyring === undefined) return undefined;
    return openRecord(keyring, { collection, key, sealed: String(value), isEarlier: this.#form.kind !== 'checked' });
  }

  /** Undefined when there is no such table. */
  #table(name: string): Database<Uint8Array, string> | undefined {
    return this.#root.openDB<Uint8Array, string>({ name, ...rawValues });
  }
}
