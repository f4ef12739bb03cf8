import { join } from 'node:path';
import { describe } from 'vitest';
import { systemClock } from '../../../src/lib/clock.ts';
import type { CachingStore } from '../../../src/store/cached.ts';
import type { Store } from '../../../src/store/contract.ts';
import { openLmdbStore, openUncached } from '../../../src/store/lmdb.ts';
import type { OpenStoreOptions } from '../../../src/store/lmdb-store.ts';
import { FaultyStore } from '../../support/faulty-store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { chunksConform } from './chunks.ts';
import { comparingConforms } from './compared.ts';
import type { Conformant, Opened, Settings } from './conformant.ts';
import { eventsConform } from './events.ts';
import { limitsConform } from './limits.ts';
import { recordsConform } from './records.ts';
import { serialOrderConforms } from './serial-order.ts';
import { transactionsConform } from './transactions.ts';
import { watchConforms } from './watch.ts';

/** A store with what has to be closed under it. */
interface Layers {
  readonly store: Store;
  readonly below: Store;
}

function conformantOf(runs: number, make: (options: OpenStoreOptions) => Layers): Conformant {
  return {
    runs,
    async open(settings: Settings = {}): Promise<Opened> {
      const directory = temporaryDirectory();
      const path = join(directory.path, 'data');
      let layers = make(optionsOf(path, settings));
      const close = async () => {
        await layers.store.close();
        if (layers.below !== layers.store) await layers.below.close();
      };
      return {
        store: layers.store,
        async reopen(other = settings) {
          await close();
          layers = make(optionsOf(path, other));
          return layers.store;
        },
        async [Symbol.asyncDispose]() {
          await close();
          directory[Symbol.dispose]();
        },
      };
    },
  };
}

function optionsOf(directory: string, { collections, ...settings }: Settings): OpenStoreOptions {
  const catalogue = collections?.map((collection) => ({ collection, isInMemory: true as const }));
  return { directory, clock: systemClock, catalogue, ...settings };
}

const alone = (store: Store): Layers => ({ store, below: store });
const behindFaults = (below: CachingStore): Layers => ({ store: new FaultyStore(below), below });
const turningRound = (below: CachingStore): Layers => {
  const store = new FaultyStore(below);
  store.letsPass = (write) => write % 2 === 1;
  return { store, below };
};

const implementations: readonly (readonly [string, Conformant])[] = [
  ['LMDB', conformantOf(60, (options) => alone(openUncached(options)))],
  ['LMDB with a cache before it', conformantOf(15, (options) => alone(openLmdbStore(options)))],
  ['the wrapper for faults, without any', conformantOf(15, (options) => behindFaults(openLmdbStore(options)))],
  [
    'the wrapper for faults, which lets writes overtake each other',
    conformantOf(15, (options) => turningRound(openLmdbStore(options))),
  ],
];

describe.each(implementations)('%s', (_, conformant) => {
  recordsConform(conformant);
  transactionsConform(conformant);
  comparingConforms(conformant);
  serialOrderConforms(conformant);
  eventsConform(conformant);
  watchConforms(conformant);
  limitsConform(conformant);
  chunksConform(conformant);
});
