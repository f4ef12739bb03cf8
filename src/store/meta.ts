import type { Database, RootDatabase } from 'lmdb';
import { formRows, newForm, readForm, type StoredForm } from './stored-form.ts';
import { rawValues, StoredValues } from './stored-values.ts';
import { type Counters, metaTable } from './tables.ts';
import { UnreadableRecord } from './unreadable-record.ts';

/** The key of the counters in the meta table. */
export const countersKey = 'counters';
const noCounters: Counters = { revision: 0, sequence: 0, firstEvent: 1, eventRows: 0, listedRevision: 0 };

/** What a store knows about itself: the form of its values, and its counters. */
export class Meta {
  readonly #root: RootDatabase<unknown, string>;
  readonly #rows: Database<Uint8Array, string>;
  readonly #values = new StoredValues(metaTable, () => this.#form);
  #form: StoredForm;

  /** @throws UnreadableRecord; AppError `store_unusable` when a newer version of the product wrote the store */
  constructor(root: RootDatabase<unknown, string>) {
    this.#root = root;
    this.#rows = root.openDB({ name: metaTable, ...rawValues });
    const form = readForm((key) => this.#rows.get(key));
    this.#form = form ?? newForm;
    if (form === undefined) root.transactionSync(() => this.#write(newForm, noCounters));
  }

  get form(): StoredForm {
    return this.#form;
  }

  /** Makes this the form of the values, once it is on disk. @throws what a commit of LMDB throws */
  async become(form: StoredForm): Promise<void> {
    await this.#root.childTransaction(() => this.#write(form, this.readCounters()));
    this.#form = form;
  }

  /** @throws UnreadableRecord */
  readCounters(): Counters {
    const stored = this.#rows.get(countersKey);
    const counters = stored === undefined ? undefined : (this.#values.decode(countersKey, stored) as Counters);
    if (this.#form.kind === 'earlier') return completed(counters);
    if (counters === undefined) throw new UnreadableRecord(metaTable, countersKey, 'it is missing');
    return counters;
  }

  /** Call it in a transaction of LMDB. */
  writeCounters(counters: Counters): void {
    this.#rows.putSync(countersKey, this.#values.encode(countersKey, counters));
  }

  #write(form: StoredForm, counters: Counters): void {
    const values = new StoredValues(metaTable, () => form);
    this.#rows.putSync(countersKey, values.encode(countersKey, counters));
    for (const [key, stored] of formRows(form)) this.#rows.putSync(key, stored);
  }
}

/**
 * A store without writes has no counters. Earlier builds had no revision without logs, and had a row for each event.
 */
function completed(stored: Counters | undefined): Counters {
  const counted = { ...noCounters, ...stored };
  const { revision, sequence, firstEvent } = counted;
  return { ...counted, listedRevision: revision, eventRows: sequence - firstEvent + 1, ...stored };
}
