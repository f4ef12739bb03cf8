import type { AnyCollection } from './contract.ts';

/** Counters and the version of the schema. */
export const metaTable = 'meta';
/** The event log, by sequence number. */
export const eventTable = 'events';
/** The tables of the store that belong to no collection. */
export const ownTables: readonly string[] = [metaTable, eventTable];

/** Tables that an earlier or a later version of the product left, which key rotation reads. */
const foreignTables = 32;
/** The tables of a store that is opened without a catalogue. */
const uncatalogued = 64;

/** How many tables an LMDB environment must allow for these collections and for other tables in the file. */
export function tableLimit(collections?: readonly AnyCollection[]): number {
  return (collections?.length ?? uncatalogued) + ownTables.length + foreignTables;
}

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
