import type { Chunk, ChunkCollection, ChunkRange, Chunks } from './contract.ts';
import type { LmdbRecords } from './lmdb-records.ts';

/** The chunks of a store, in tables beside those of the records. */
export class LmdbChunks implements Chunks {
  readonly #tables: Pick<LmdbRecords, 'list'>;

  constructor(tables: Pick<LmdbRecords, 'list'>) {
    this.#tables = tables;
  }

  async *list(collection: ChunkCollection, range?: ChunkRange): AsyncIterable<Chunk> {
    for await (const { key, value } of this.#tables.list<Uint8Array>(collection, range)) yield { key, bytes: value };
  }
}
