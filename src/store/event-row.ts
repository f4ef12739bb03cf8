import type { Database } from 'lmdb';
import type { StoredEvent } from './contract.ts';
import type { StoredValues } from './stored-values.ts';
import type { EventCounters } from './tables.ts';
import type { EventPlace } from './transaction.ts';
import { UnreadableRecord } from './unreadable-record.ts';

/** Events that records contain: the log stores only the keys of the records. Their sequence numbers are consecutive. */
export interface EventRun {
  /** The time of the newest of them. */
  at: string;
  /** The name of the collection of the records. */
  of: string;
  /** The common prefix of the keys. */
  prefix: string;
  /** The rest of each key. */
  keys: string[];
}

/** A row of the table of events: one event, or a run of them. */
export type EventRow = StoredEvent | EventRun;

/** The most events in a run, so that reading one has a bound. */
const longestRun = 64;

export function isRun(row: unknown): row is EventRun {
  return typeof row === 'object' && row !== null && 'of' in row;
}

/** The key of a row is the number of its newest event. */
export function rowKey(sequence: number): string {
  return String(sequence).padStart(16, '0');
}

/** The rows as LMDB stores them, by their keys. */
export class EventRows {
  readonly #table: Database<Uint8Array, string>;
  readonly #values: StoredValues;

  constructor(table: Database<Uint8Array, string>, values: StoredValues) {
    this.#table = table;
    this.#values = values;
  }

  keys(range: { start: string; end?: string; limit?: number }): string[] {
    return Array.from(this.#table.getKeys(range));
  }

  /**
   * The rows that contain this number or later ones. Each is read when the iteration reaches it. @throws
   * UnreadableRecord
   */
  from(sequence: number, limit: number): { readonly key: string; readonly row: EventRow }[] {
    return Array.from(this.#table.getRange({ start: rowKey(sequence), limit }), ({ key, value }) => ({
      key,
      row: this.#decode(key, value),
    }));
  }

  /** Undefined when there is no such row, or it cannot be read. */
  readableAt(key: string): EventRow | undefined {
    const stored = this.#table.get(key);
    try {
      return stored && this.#decode(key, stored);
    } catch (error) {
      if (error instanceof UnreadableRecord) return undefined;
      throw error;
    }
  }

  /** Call it in a transaction of LMDB, as `remove`. */
  put(key: string, row: EventRow): void {
    this.#table.putSync(key, this.#values.encode(key, row));
  }

  remove(key: string): void {
    this.#table.removeSync(key);
  }

  #decode(key: string, stored: Uint8Array): EventRow {
    // The table contains nothing but rows.
    return this.#values.decode(key, stored) as EventRow;
  }
}

/** Writes the rows of one commit, in a transaction of LMDB, and advances `counters`. */
export class RowWriter {
  readonly #rows: EventRows;
  readonly #counters: EventCounters;
  /** The newest row, while it is a run to which events may be added. */
  #run: EventRun | undefined;
  /** The key under which that run is in the table. */
  #stored: string | undefined;

  constructor(rows: EventRows, counters: EventCounters) {
    this.#rows = rows;
    this.#counters = counters;
  }

  add(event: StoredEvent): void {
    this.flush();
    this.#counters.eventRows += 1;
    this.#counters.sequence = event.sequence;
    this.#rows.put(rowKey(event.sequence), event);
  }

  /** Successive events of the same records go into one run. */
  addFrom({ source, key }: EventPlace, { sequence, at }: StoredEvent): void {
    const prefix = key.slice(0, key.lastIndexOf('/') + 1);
    const rest = key.slice(prefix.length);
    const run = this.#newest();
    if (run?.of === source.name && run.prefix === prefix && run.keys.length < longestRun) {
      run.at = at;
      run.keys.push(rest);
    } else {
      this.flush();
      this.#counters.eventRows += 1;
      this.#run = { at, of: source.name, prefix, keys: [rest] };
    }
    this.#counters.sequence = sequence;
  }

  /** Call it at the end, too. */
  flush(): void {
    const [run, stored, key] = [this.#run, this.#stored, rowKey(this.#counters.sequence)];
    this.#run = undefined;
    this.#stored = undefined;
    if (run === undefined || stored === key) return;
    if (stored !== undefined) this.#rows.remove(stored);
    this.#rows.put(key, run);
  }

  #newest(): EventRun | undefined {
    if (this.#run !== undefined) return this.#run;
    const key = rowKey(this.#counters.sequence);
    const row = this.#rows.readableAt(key);
    // A damaged row must not prevent writing the next one.
    if (!isRun(row)) return undefined;
    this.#stored = key;
    this.#run = row;
    return row;
  }
}
