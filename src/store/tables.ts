/** Counters and the version of the schema. */
export const metaTable = 'meta';
/** The event log, by sequence number. */
export const eventTable = 'events';
/** The tables of the store that belong to no collection. */
export const ownTables: readonly string[] = [metaTable, eventTable];

/**
 * How many tables an LMDB environment allows, with those that another version of the product left. It is the same for every opening, because lmdb shares the environment of a
 * file within a process, with the limit of the first one.
 */
export const tableLimit = 256;

/** Which events the store has. */
export interface EventCounters {
  /** The sequence number of the newest event; 0 when there never was one. */
  sequence: number;
  /** Sequence number of the oldest event kept. */
  firstEvent: number;
  /** The number of rows that contain them. */
  eventRows: number;
}

/** The counters of a store. */
export interface Counters extends EventCounters {
  revision: number;
  /** The revision of the last write to a collection that is no log. */
  listedRevision: number;
}
