/**
 * Starts a server in this process again and again, each time with another call to the store at which something happens,
 * and prints what came of it, one JSON line for each. It ends by itself only if nothing is left of any start.
 *
 * Usage: starts.ts CONFIGURATION-FILE fails|stops [SEED], a data directory that each start finds
 */
import { cpSync, rmSync } from 'node:fs';
import { loadServerConfiguration } from '../../../src/config/load.ts';
import { type Clock, systemClock } from '../../../src/lib/clock.ts';
import type { Logger } from '../../../src/lib/logger.ts';
import { buildServices } from '../../../src/server/services.ts';
import type { KeyedCachingStore } from '../../../src/store/cached.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';

const [, , configurationFile = '', mode = '', seed] = process.argv;
const configuration = loadServerConfiguration({ flags: { 'config-file': configurationFile }, environment: {} });
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/** Calls `happens` at the n-th call of the start, and counts what is open. */
class WatchedStore {
  calls = 0;
  subscriptions = 0;
  readonly #n: number;
  readonly #happens: (call: string) => Promise<void>;

  constructor(n: number, happens: (call: string) => Promise<void>) {
    this.#n = n;
    this.#happens = happens;
  }

  readonly open: typeof openLmdbStore = (options) => this.#around(openLmdbStore(options));

  #around(store: KeyedCachingStore): KeyedCachingStore {
    const before = async (call: string) => {
      this.calls += 1;
      if (this.calls === this.#n) await this.#happens(call);
    };
    const list: KeyedCachingStore['list'] = async function* (collection, range) {
      await before(`list ${collection.name}`);
      yield* store.list(collection, range);
    };
    return {
      limits: store.limits,
      list,
      get: async (collection, key) => {
        await before(`get ${collection.name}`);
        return store.get(collection, key);
      },
      all: async (collection) => {
        await before(`all ${collection.name}`);
        return store.all(collection);
      },
      holds: () => store.holds(),
      count: (collection) => store.count(collection),
      commit: async (work, purpose) => {
        await before('commit');
        return store.commit(work, purpose);
      },
      transact: async (work, purpose) => {
        await before('transact');
        return store.transact(work, purpose);
      },
      watch: (collections, listener) => this.#counted(store.watch(collections, listener)),
      hasRoomFor: (purpose) => store.hasRoomFor(purpose),
      revisionOf: (...collections) => store.revisionOf(...collections),
      rotateKeys: () => store.rotateKeys(),
      finishRotation: async () => {
        await before('finishRotation');
        return store.finishRotation();
      },
      close: () => store.close(),
      events: {
        read: (after, limit) => store.events.read(after, limit),
        bounds: async () => {
          await before('bounds');
          return store.events.bounds();
        },
        subscribe: (listener) => this.#counted(store.events.subscribe(listener)),
      },
    };
  }

  #counted(subscription: Disposable): Disposable {
    this.subscriptions += 1;
    return {
      [Symbol.dispose]: () => {
        this.subscriptions -= 1;
        subscription[Symbol.dispose]();
      },
    };
  }
}

/** Counts those who sleep. */
function watchedClock(): Clock & { sleepers: number } {
  return {
    ...systemClock,
    sleepers: 0,
    async sleep(ms, signal) {
      this.sleepers += 1;
      await systemClock.sleep(ms, signal).finally(() => {
        this.sleepers -= 1;
      });
    },
  };
}

async function start(n: number): Promise<{ isReached: boolean; line: object }> {
  rmSync(configuration.dataDir, { recursive: true, force: true });
  if (seed !== undefined) cpSync(seed, configuration.dataDir, { recursive: true });
  const stopping = new AbortController();
  let call: string | undefined;
  const store = new WatchedStore(n, async (reached) => {
    call = reached;
    if (mode === 'fails') throw new Error('injected');
    stopping.abort(new Error('asked to end'));
    // What the start waits for comes after all, when nobody waits for it any more.
    await systemClock.sleep(1);
  });
  const clock = watchedClock();
  let outcome = 'started';
  try {
    const tuning = { openStore: store.open };
    await using services = await buildServices(configuration, clock, silent, tuning, stopping.signal);
    await services.begin();
    // What an operation does that was taken up is none of the start.
    store.calls = Number.NEGATIVE_INFINITY;
  } catch (error) {
    outcome = error instanceof Error ? error.message : String(error);
  }
  const { subscriptions } = store;
  const { sleepers } = clock;
  const listeners = process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
  // Throws while somebody has the lock.
  await openLmdbStore({ directory: configuration.dataDir, clock: systemClock }).close();
  return { isReached: call !== undefined, line: { call, outcome, subscriptions, sleepers, listeners } };
}

for (let n = 1; ; n += 1) {
  const { isReached, line } = await start(n);
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (!isReached) break;
}
