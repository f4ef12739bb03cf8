import { isDeepStrictEqual } from 'node:util';
import { nameOfRecord } from './output.ts';

/** A line of `--watch -o json`. */
export interface RecordChange {
  readonly change: 'added' | 'changed' | 'removed';
  readonly record: unknown;
}

/** Compares a list with what it was before, record by record. */
export class RecordChanges {
  #known = new Map<string, unknown>();

  /** What has changed since the previous call. Of the first list every record is added. */
  next(records: readonly unknown[]): RecordChange[] {
    const now = new Map(records.map((record) => [nameOfRecord(record), record]));
    const changes: RecordChange[] = [];
    for (const [name, record] of now) {
      if (!this.#known.has(name)) changes.push({ change: 'added', record });
      else if (!isDeepStrictEqual(this.#known.get(name), record)) changes.push({ change: 'changed', record });
    }
    for (const [name, record] of this.#known) if (!now.has(name)) changes.push({ change: 'removed', record });
    this.#known = now;
    return changes;
  }
}
