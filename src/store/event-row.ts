import type { Database } from 'lmdb';
import type { StoredEvent } from './contract.ts';
import { readable } from './json-values.ts';
import { type EventCounters, eventTable } from './tables.ts';
import type { EventPlace } from './transaction.ts';

/** Events that stand in records: what the log keeps of them is where. They have one number after the other. */
export interface EventRun {
  /** When the newest of them happened. */
  at: string;
  /** The name of the collection of the records. */
  of: string;
  /** What all the keys begin with. */
  prefix: string;
  /** The rest of the key of each. */
  keys: string[];
}

/** A row of the table of events: one event, or a run of them. */
export type EventRow = StoredEvent | EventRun;

/** What a run holds at most, so that reading it has a bound. */
const longestRun = 64;

export function isRun(row: unknown): row is EventRun {
  return typeof row === 'object' && row !== null && 'of' in row;
}

/** A row has the number of the newest event in it. */
export function rowKey(sequence: number): string {
  return String(sequence).padStart(16, '0');
}

/** @throws UnreadableRecord */
export function rowIn(key: string, value: unknown): EventRow {
  // Nothing else is written there.
  return readable(eventTable, key, value) as EventRow;
}

export function rowsIn({ sequence, firstEvent, eventRows = sequence - firstEvent + 1 }: EventCounters): number {
  return eventRows;
}

/** Writes the rows of one commit, within a transaction of LMDB, and moves `counters` on. */
export class RowWriter {
  readonly #table: Database<unknown, string>;
  readonly #counters: EventCounters;
  /** The newest row, while it is a run that others may be added to. */
  #run: EventRun | undefined;
  /** The key under which that run is in the table. */
  #stored: string | undefined;

  constructor(table: Database<unknown, string>, counters: EventCounters) {
    this.#table = table;
    this.#counters = counters;
  }

  add(event: StoredEvent): void {
    this.flush();
    this.#counters.eventRows = rowsIn(this.#counters) + 1;
    this.#counters.sequence = event.sequence;
    this.#table.putSync(rowKey(event.sequence), event);
  }

  /** What commits tell of the same records, one after the other, is one run. */
  addFrom({ source, key }: EventPlace, { sequence, at }: StoredEvent): void {
    const prefix = key.slice(0, key.lastIndexOf('/') + 1);
    const rest = key.slice(prefix.length);
    const run = this.#newest();
    if (run?.of === source.name && run.prefix === prefix && run.keys.length < longestRun) {
      run.at = at;
      run.keys.push(rest);
    } else {
      this.flush();
      this.#counters.eventRows = rowsIn(this.#counters) + 1;
      this.#run = { at, of: source.name, prefix, keys: [rest] };
    }
    this.#counters.sequence = sequence;
  }

  /** To be called at the end, too. */
  flush(): void {
    const [run, stored, key] = [this.#run, this.#stored, rowKey(this.#counters.sequence)];
    this.#run = undefined;
    this.#stored = undefined;
    if (run === undefined || stored === key) return;
    if (stored !== undefined) this.#table.removeSync(stored);
    this.#table.putSync(key, run);
  }

  #newest(): EventRun | undefined {
    if (this.#run !== undefined) return this.#run;
    const key = rowKey(this.#counters.sequence);
    const row = this.#table.get(key);
    // One that is damaged keeps nobody from writing the next one.
    if (!isRun(row)) return undefined;
    this.#stored = key;
    this.#run = row;
    return row;
  }
}
