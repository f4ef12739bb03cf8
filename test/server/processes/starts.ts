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
import { FaultyKeyedStore } from '../../support/faulty-store.ts';

const [, , configurationFile = '', mode = '', seed] = process.argv;
const configuration = loadServerConfiguration({ flags: { 'config-file': configurationFile }, environment: {} });
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/** Calls `happens` at the n-th call of the start, and counts what is open. */
class WatchedStore extends FaultyKeyedStore {
  calls = 0;
  readonly #n: number;
  readonly #happens: (call: string) => Promise<void>;

  constructor(store: KeyedCachingStore, n: number, happens: (call: string) => Promise<void>) {
    super(store);
    this.#n = n;
    this.#happens = happens;
    this.beforeCall = (call) => this.#count(call);
    this.beforeWrite = () => this.#count('transact');
  }

  async #count(call: string): Promise<void> {
    this.calls += 1;
    if (this.calls === this.#n) await this.#happens(call);
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
  const happens = async (reached: string) => {
    call = reached;
    if (mode === 'fails') throw new Error('injected');
    stopping.abort(new Error('asked to end'));
    // What the start waits for comes after all, when nobody waits for it any more.
    await systemClock.sleep(1);
  };
  let store: WatchedStore | undefined;
  const clock = watchedClock();
  let outcome = 'started';
  try {
    const openStore: typeof openLmdbStore = (options) => {
      store = new WatchedStore(openLmdbStore(options), n, happens);
      return store;
    };
    await using services = await buildServices(configuration, clock, silent, { openStore }, stopping.signal);
    await services.begin();
    // What an operation does that was taken up is none of the start.
    if (store !== undefined) store.calls = Number.NEGATIVE_INFINITY;
  } catch (error) {
    outcome = error instanceof Error ? error.message : String(error);
  }
  const subscriptions = store?.subscriptions;
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
