import type { CachingStore } from '../../src/store/cached.ts';
import { FaultyStore, Gate } from './support.ts';

/** A server that is gone after so many writes: the last one is lost, or it is on disk and nobody heard of it. */
export interface Crash {
  writes: number;
  last: 'lost' | 'unheard';
}

/** The store of a server that crashes. */
export class CrashingStore extends FaultyStore {
  crashed = false;
  readonly crash = new Gate();

  constructor(store: CachingStore, { writes, last }: Crash) {
    super(store);
    this.beforeWrite = (write) => {
      if (write > writes || (write === writes && last === 'lost')) this.#fail();
    };
    this.afterWrite = (write) => {
      if (write === writes) this.#fail();
    };
  }

  #fail(): never {
    this.crashed = true;
    this.crash.open();
    throw new Error('the power is gone');
  }
}
