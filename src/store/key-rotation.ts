import type { Database, RootDatabase } from 'lmdb';
import type { AnyCollection } from './contract.ts';
import { type KeyFile, newMasterKey } from './key-file.ts';
import { type Keyring, openRecord } from './seal.ts';
import { sealedTables } from './sealed-tables.ts';
import type { StoredForm } from './stored-form.ts';
import { rawValues, StoredValues } from './stored-values.ts';

export interface KeyRotationOptions {
  root: RootDatabase<unknown, string>;
  keyring: Keyring;
  keyFile: KeyFile;
  form: () => StoredForm;
  /** Every collection of the product, where it is known. */
  collections?: readonly AnyCollection[] | undefined;
}

export interface Rotated {
  /** The id of the current key. */
  key: string;
  /** How many records the rotation sealed again. */
  records: number;
}

/** How many records one transaction seals again, so that other writers get their turn. */
const atOnce = 200;

/**
 * Changes the master key of a store that is in use. It first writes the new key durably to the key file, beside the old
 * one; then it seals every record again, and removes the old key from the file when no record needs it. Whenever a
 * rotation is interrupted, the file has the keys of everything in the store, and the next rotation or start continues
 * it.
 */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  #underWay: Promise<Rotated> | undefined;
  #isFinished: boolean;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#isFinished = options.keyFile.keys.length === 1;
  }

  /**
   * A call during a rotation gets the result of the running one. @throws AppError `store_unusable`, and what a commit
   * throws
   */
  rotate(): Promise<Rotated> {
    this.#underWay ??= this.#rotate().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /** Continues a rotation that an earlier process did not complete. */
  async finish(): Promise<void> {
    if (!this.#isFinished) await this.#sealAnew();
  }

  async #rotate(): Promise<Rotated> {
    await this.finish();
    const { keyring, keyFile } = this.#options;
    const key = newMasterKey();
    keyFile.write([key, keyring.current]);
    this.#isFinished = false;
    keyring.add(key);
    return { key: key.id, records: await this.#sealAnew() };
  }

  async #sealAnew(): Promise<number> {
    const { keyring, keyFile } = this.#options;
    let records = 0;
    // The next round finds records that were meanwhile written with the previous key.
    for (let round = -1; round !== 0; records += round) round = await this.#round();
    keyFile.write([keyring.current]);
    this.#isFinished = true;
    return records;
  }

  async #round(): Promise<number> {
    let records = 0;
    for (const table of this.#sealedTables()) {
      let after: string | undefined;
      do {
        const batch = this.#batch(table, after);
        records += await this.#sealBatch(
          table,
          batch.filter(({ isStale }) => isStale),
        );
        after = batch.length < atOnce ? undefined : batch.at(-1)?.key;
      } while (after !== undefined);
    }
    return records;
  }

  #sealedTables(): SealedTable[] {
    const { root, form, collections = [] } = this.#options;
    return sealedTables(root, collections).map((name) => ({
      name,
      rows: root.openDB<Buffer, string>({ name, ...rawValues, useVersions: true }),
      values: new StoredValues(name, form),
    }));
  }

  #batch({ rows, values }: SealedTable, after: string | undefined): Stored[] {
    const { keyring } = this.#options;
    rows.resetReadTxn();
    const from = after === undefined ? {} : { start: after, exclusiveStart: true };
    return Array.from(rows.getRange({ ...from, limit: atOnce, versions: true }), (entry) => {
      const { key, value: stored, version = 0 } = entry;
      const sealed = String(values.decode(key, stored));
      return { key, stored, sealed, version, isStale: !keyring.isSealedWithCurrent(sealed) };
    });
  }

  async #sealBatch({ name, rows, values }: SealedTable, batch: readonly Stored[]): Promise<number> {
    if (batch.length === 0) return 0;
    const { root, keyring, form } = this.#options;
    const isEarlier = form().kind !== 'checked';
    const anew = await Promise.all(
      batch.map(async ({ key, sealed }) => {
        return keyring.seal(await openRecord(keyring, { collection: name, key, sealed, isEarlier }));
      }),
    );
    await root.childTransaction(() => {
      for (const [index, { key, stored, version }] of batch.entries()) {
        // If the record was written meanwhile, the next round reads it. Sealing does not change the revision of a
        // record.
        const isSame = rows.get(key)?.equals(stored) ?? false;
        if (isSame) rows.putSync(key, values.encode(key, anew[index]), version);
      }
    });
    return batch.length;
  }
}

interface SealedTable {
  readonly name: string;
  readonly rows: Database<Buffer, string>;
  readonly values: StoredValues;
}

interface Stored {
  readonly key: string;
  /** The value as the table has it. */
  readonly stored: Buffer;
  readonly sealed: string;
  readonly version: number;
  readonly isStale: boolean;
}
