import type { Database, RootDatabase } from 'lmdb';
import type { AnyCollection } from './contract.ts';
import { jsonValues, readable } from './json-values.ts';
import { type KeyFile, newMasterKey } from './key-file.ts';
import { type Keyring, openRecord } from './seal.ts';
import { ownTables } from './tables.ts';

export interface KeyRotationOptions {
  root: RootDatabase<unknown, string>;
  keyring: Keyring;
  keyFile: KeyFile;
  /** Every collection of the product, where they are known. */
  collections?: readonly AnyCollection[] | undefined;
}

export interface Rotated {
  /** The id of the key that counts now. */
  key: string;
  /** How many records were sealed anew. */
  records: number;
}

/** How many records are sealed anew in one transaction: others want to write meanwhile. */
const atOnce = 200;

/**
 * Changes the master key under a store that is in use. The new key is in the key file, durably, beside the old one before
 * anything is sealed with it; then every record is sealed anew, and the old key leaves the file when none is left that needs
 * it. Whenever that ends, the file has the keys of everything in the store, and the next rotation or start goes on.
 */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  #underWay: Promise<Rotated> | undefined;
  #isFinished: boolean;

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#isFinished = options.keyFile.keys.length === 1;
  }

  /** Who asks while one is under way gets that one. @throws AppError `store_unusable`, and what a commit throws */
  rotate(): Promise<Rotated> {
    this.#underWay ??= this.#rotate().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /** Goes on with what an earlier process did not see the end of. */
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
    // What was written in between with the key before is found in the next round.
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

  /**
   * Those of the sealed collections. Whether a table of another version of the product is sealed can only be seen by its
   * values: what is sealed there must not be left behind with a key that is gone.
   */
  #sealedTables(): SealedTable[] {
    const { root, collections = [] } = this.#options;
    const forms = new Map(collections.map(({ name, form }) => [name, form]));
    const isSealed = (name: string) => {
      const form = forms.get(name);
      return form === undefined ? !ownTables.includes(name) && this.#looksSealed(name) : form === 'sealed';
    };
    const names = Array.from(root.getKeys(), String).filter(isSealed);
    return names.map((name) => ({ name, table: root.openDB({ name, ...jsonValues, useVersions: true }) }));
  }

  /** By the first value: all of a table are sealed, or none. */
  #looksSealed(name: string): boolean {
    const raw = this.#options.root.openDB<Buffer, string>({ name, encoding: 'binary' });
    const [first] = Array.from(raw.getRange({ limit: 1 }));
    // In front of a value stands its revision, in eight bytes.
    return first !== undefined && /^"eyJ[\w-]+\.\.[\w-]+\./.test(first.value.subarray(8).toString('latin1'));
  }

  #batch({ name, table }: SealedTable, after: string | undefined): Stored[] {
    const { keyring } = this.#options;
    table.resetReadTxn();
    const from = after === undefined ? {} : { start: after, exclusiveStart: true };
    return Array.from(table.getRange({ ...from, limit: atOnce, versions: true }), (entry) => {
      const { key, version = 0 } = entry;
      const value = String(readable(name, key, entry.value));
      return { key, value, version, isStale: !keyring.isSealedWithCurrent(value) };
    });
  }

  async #sealBatch({ name, table }: SealedTable, batch: readonly Stored[]): Promise<number> {
    if (batch.length === 0) return 0;
    const { root, keyring } = this.#options;
    const sealed = await Promise.all(
      batch.map(async (stored) => ({
        ...stored,
        anew: await keyring.seal(await openRecord(keyring, name, stored.key, stored.value)),
      })),
    );
    await root.childTransaction(() => {
      for (const { key, value, version, anew } of sealed) {
        // What somebody wrote meanwhile is newer, and the next round looks at it. The record is the same: so is its revision.
        if (table.getEntry(key)?.value === value) table.putSync(key, anew, version);
      }
    });
    return batch.length;
  }
}

interface SealedTable {
  name: string;
  table: Database<unknown, string>;
}

interface Stored {
  key: string;
  value: string;
  version: number;
  isStale: boolean;
}
