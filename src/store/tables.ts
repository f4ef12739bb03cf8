import type { AnyCollection } from './contract.ts';

/** Counters and the version of the schema. */
export const metaTable = 'meta';
/** By sequence number: the event log. */
export const eventTable = 'events';
/** The tables of the store that are not those of a collection. */
export const ownTables: readonly string[] = [metaTable, eventTable];

/** Tables that an earlier or a later version of the product has left, and that key rotation looks into. */
const foreignTables = 32;
/** For a store that is opened without a catalogue. */
const uncatalogued = 64;

/** How many tables an LMDB environment has to allow for these collections, with what else may be in the file. */
export function tableLimit(collections?: readonly AnyCollection[]): number {
  return (collections?.length ?? uncatalogued) + ownTables.length + foreignTables;
}

/** Which events are kept. */
export interface EventCounters {
  /** Of the newest event; 0 when there never was one. */
  sequence: number;
  /** Sequence number of the oldest event kept. */
  firstEvent: number;
  /** How many rows they are in. */
  eventRows: number;
}

/** What a store counts. */
export interface Counters extends EventCounters {
  revision: number;
  /** Of the last write to anything but logs. */
  listedRevision: number;
}
