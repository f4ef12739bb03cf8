import type { Database, RootDatabase } from 'lmdb';
import { Pace } from '../lib/pace.ts';
import type { RenewalSettings } from './contract.ts';
import { leastLimits } from './limits.ts';
import type { Meta } from './meta.ts';
import { type Keyring, keyIdOf } from './seal.ts';
import { sealedTables } from './sealed-tables.ts';
import { beginsAsJson, rawValues, StoredValues } from './stored-values.ts';
import { eventTable } from './tables.ts';

interface RenewedStore {
  root: RootDatabase<unknown, string>;
  meta: Meta;
  keyring: Keyring;
  /** @throws AppError `store_full` */
  checkRoom: () => void;
}

/** The part of the least bytes of a transaction that its entries may fill before the last one is added. */
const part = 1 / 2;
const tellEachMs = 10_000;

/**
 * Gives every value a checksum, except the output of machines, which may be very large. It rewrites the entries page by
 * page, each with its revision. The first byte of a value shows whether it is done, so an interrupted renewal continues
 * with the next one. It leaves unreadable values as they are.
 */
export class FormRenewal {
  readonly #store: RenewedStore;
  readonly #settings: RenewalSettings;
  #renewed = 0;
  #toldAt: number;

  constructor(store: RenewedStore, settings: RenewalSettings) {
    this.#store = store;
    this.#settings = settings;
    this.#toldAt = settings.clock.monotonic();
  }

  /** @throws the reason of the signal; AppError `store_full`; what a commit of LMDB throws */
  async renew(): Promise<void> {
    const { meta, checkRoom } = this.#store;
    const { logger } = this.#settings;
    if (meta.form.kind === 'checked') return;
    logger.info({}, 'giving every stored value a checksum');
    checkRoom();
    if (meta.form.kind === 'earlier') await meta.become({ kind: 'renewing', unchecked: meta.readCounters().revision });
    for (const table of this.#tables()) await this.#renewTable(table);
    await meta.become({ ...meta.form, kind: 'checked' });
    logger.info({ entries: this.#renewed }, 'every stored value has a checksum');
  }

  #tables(): RenewedTable[] {
    const { root, meta } = this.#store;
    const { collections } = this.#settings;
    const sealed = sealedTables(root, collections);
    const names = new Set([...collections.filter((each) => each.form === 'record').map(({ name }) => name), ...sealed]);
    const tableOf = (name: string, useVersions: boolean): RenewedTable => ({
      name,
      rows: root.openDB<Uint8Array, string>({ name, ...rawValues, useVersions }),
      values: new StoredValues(name, () => meta.form),
      isSealed: sealed.includes(name),
    });
    return [tableOf(eventTable, false), ...Array.from(names, (name) => tableOf(name, true))];
  }

  async #renewTable(table: RenewedTable): Promise<void> {
    const { signal } = this.#settings;
    const pace = new Pace();
    let after: string | undefined;
    do {
      signal.throwIfAborted();
      const page = pageBehind(table, after);
      await this.#renewPage(table, page.filter(isEarlier));
      after = page.at(-1)?.key;
      if (pace.isDue) await pace.rest();
    } while (after !== undefined);
  }

  async #renewPage(table: RenewedTable, page: readonly Row[]): Promise<void> {
    if (page.length === 0) return;
    const { root, checkRoom } = this.#store;
    const anew = await Promise.all(page.map((row) => this.#anew(table, row)));
    checkRoom();
    await root.childTransaction(() => {
      for (const { key, stored, version } of anew) table.rows.putSync(key, stored, version);
    });
    this.#renewed += page.length;
    this.#tell(table.name);
  }

  /** Keeps the value; only adds the id of the key to what the first builds sealed. */
  async #anew({ values, isSealed }: RenewedTable, row: Row): Promise<Row> {
    const { key, stored } = row;
    const sealed = isSealed ? await this.#withKeyId(stored) : undefined;
    if (sealed !== undefined) return { ...row, stored: values.encode(key, sealed) };
    return { ...row, stored: values.encodeBytes(key, stored) };
  }

  /** Undefined for a value that has one, or cannot be opened. */
  async #withKeyId(stored: Uint8Array): Promise<string | undefined> {
    const { keyring } = this.#store;
    try {
      const sealed = String(JSON.parse(Buffer.from(stored).toString()));
      return keyIdOf(sealed) === undefined ? await keyring.seal(await keyring.openEarlier(sealed)) : undefined;
    } catch {
      return undefined;
    }
  }

  #tell(table: string): void {
    const { clock, logger } = this.#settings;
    const now = clock.monotonic();
    if (now - this.#toldAt < tellEachMs) return;
    this.#toldAt = now;
    logger.info({ table, entries: this.#renewed }, 'still giving stored values a checksum');
  }
}

interface RenewedTable {
  readonly name: string;
  readonly rows: Database<Uint8Array, string>;
  readonly values: StoredValues;
  readonly isSealed: boolean;
}

interface Row {
  readonly key: string;
  readonly stored: Uint8Array;
  /** 0 in a table without versions. */
  readonly version: number;
}

function isEarlier({ stored }: Row): boolean {
  return beginsAsJson(stored);
}

/** The next rows of a table, as many as one transaction may write. */
function pageBehind({ rows }: RenewedTable, after: string | undefined): Row[] {
  rows.resetReadTxn();
  const from = after === undefined ? {} : { start: after, exclusiveStart: true };
  const page: Row[] = [];
  let bytes = 0;
  for (const { key, value, version = 0 } of rows.getRange({ ...from, limit: leastLimits.operations, versions: true })) {
    page.push({ key, stored: value, version });
    bytes += value.length;
    if (bytes >= leastLimits.bytes * part) break;
  }
  return page;
}
