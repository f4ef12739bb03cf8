import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/lib/clock.ts';
import { dial } from '../../src/ssh/connection.ts';
import type { ConnectDeadlines } from '../../src/ssh/deadlines.ts';
import type { DialOptions } from '../../src/ssh/handshake.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import { type PoolOptions, SessionPool } from '../../src/ssh/pool.ts';
import type { ExecOptions, Session, Target } from '../../src/ssh/session.ts';
import type { CachingStore } from '../../src/store/cached.ts';

import { openLmdbStore } from '../../src/store/lmdb.ts';
import { ed25519Key } from './faulty-peer.ts';
import type { Fleet } from './fleet.ts';
import { temporaryDirectory } from './temporary.ts';

/** What a test passes where it does not expect the deadline to be reached. */
export const patient: ExecOptions = { deadlineMs: 30_000 };

/** Deadlines that only a machine which does not answer at all can miss. */
export const generous: ConnectDeadlines = {
  tcp: 20_000,
  banner: 20_000,
  'key exchange': 20_000,
  authentication: 20_000,
  channel: 20_000,
};

export interface Wire extends AsyncDisposable {
  readonly store: CachingStore;
  readonly hostKeys: HostKeys;
  /** Logs in; the session is closed with everything else. */
  dial(target: Target, options?: Partial<DialOptions>): Promise<Session>;
  pool(options?: Partial<PoolOptions>): SessionPool;
}

/** Pinned host keys in a store of their own, and connections that end with the scope. */
export function wire(): Wire {
  const directory = temporaryDirectory();
  const store = openLmdbStore({ directory: directory.path, clock: systemClock });
  const hostKeys = new HostKeys(store, systemClock);
  const closing: Array<{ close(): void }> = [];
  const kept = <T extends { close(): void }>(thing: T): T => {
    closing.push(thing);
    return thing;
  };
  return {
    store,
    hostKeys,
    dial: async (target, options = {}) => kept(await dial(target, { hostKeys, deadlines: generous, ...options })),
    pool: (options = {}) =>
      kept(new SessionPool({ hostKeys, clock: systemClock, deadlines: generous, busyMs: 0, ...options })),
    async [Symbol.asyncDispose]() {
      for (const thing of closing) thing.close();
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

/** A host of an sshd fleet, the first one unless told otherwise. */
export function fleetTarget(fleet: Fleet, index = 0): Target {
  const host = fleet.hosts[index];
  if (host === undefined) throw new RangeError(`the fleet has no host ${index}`);
  const { address, port } = host;
  return { address, port, user: fleet.user, privateKey: readFileSync(fleet.key).toString('base64') };
}

/** A way to log in to a peer of the test's own. */
export function peerTarget({ address, port }: { address: string; port: number }, user = 'root'): Target {
  return { address, port, user, privateKey: Buffer.from(ed25519Key().private).toString('base64') };
}

/** What a promise is rejected with. @throws when it is not rejected */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) return outcome.error;
  throw new Error(`it should have failed, but ended with ${JSON.stringify(outcome.value)}`);
}
