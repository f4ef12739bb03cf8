import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { type DialOptions, dial } from './connection.ts';
import { type ConnectDeadlines, defaultDeadlines } from './deadlines.ts';
import { handshakeLimit, sessionLimit } from './handshake-limit.ts';
import type { HostKeys } from './host-keys.ts';
import type { Session, Target } from './session.ts';

export interface PoolOptions {
  hostKeys: HostKeys;
  clock: Clock;
  deadlines?: ConnectDeadlines;
  /** How long an unused session stays open. Default 60 s. */
  idleMs?: number;
  /** How long a machine that closes before its banner is tried again. Default 30 s. */
  busyMs?: number;
  /** Handshakes under way at once, over all machines. Default: what the descriptor limit allows. */
  handshakes?: number;
}

/** A session on loan; disposing gives it back for reuse. */
export interface Lease extends Disposable {
  readonly session: Session;
}

/** Handshakes under way at once to one address and port: below the default MaxStartups of sshd (10:30:100). */
const handshakesPerEndpoint = 8;

interface Slot {
  target: Target;
  opening: Promise<Session>;
  leases: number;
  idle?: ReturnType<typeof setTimeout>;
}

/** Keeps sessions open between uses. One session per login; commands share it as channels. */
export class SessionPool {
  readonly #options: PoolOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #handshakes: Semaphore;
  readonly #sessions: Semaphore;
  readonly #endpoints = new Map<string, { semaphore: Semaphore; users: number }>();
  readonly #stopping = new AbortController();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#handshakes = new Semaphore(options.handshakes ?? handshakeLimit());
    this.#sessions = new Semaphore(sessionLimit());
  }

  /**
   * Lends a session to the machine, an open one where there is one.
   *
   * @throws what `dial` throws; AppError `shutting_down`
   */
  async lend(target: Target, signal?: AbortSignal): Promise<Lease> {
    this.#stopping.signal.throwIfAborted();
    signal?.throwIfAborted();
    const key = slotKey(target);
    const slot = this.#slots.get(key) ?? this.#open(key, target);
    slot.leases += 1;
    clearTimeout(slot.idle);
    try {
      return this.#lease(slot, await abortable(slot.opening, signal));
    } catch (error) {
      this.#release(slot);
      throw error;
    }
  }

  /** Drops every open session to the machine, so that the next one is a fresh connection. */
  drop(address: string): void {
    for (const [key, slot] of this.#slots) {
      if (slot.target.address !== address) continue;
      this.#slots.delete(key);
      this.#closeSlot(slot);
    }
  }

  close(): void {
    this.#stopping.abort(new AppError('shutting_down', 'the server is stopping'));
    for (const slot of this.#slots.values()) this.#closeSlot(slot);
    this.#slots.clear();
  }

  #open(key: string, target: Target): Slot {
    this.#makeRoom();
    const opening = this.#dial(target);
    const slot: Slot = { target, opening, leases: 0 };
    this.#slots.set(key, slot);
    const forget = () => {
      if (this.#slots.get(key) === slot) this.#slots.delete(key);
    };
    opening.then((session) => session.closed.addEventListener('abort', forget, { once: true }), forget);
    return slot;
  }

  /** Gives up the longest idle session when there are as many as there may be. */
  #makeRoom(): void {
    if (this.#slots.size < this.#sessions.limit) return;
    const idle = [...this.#slots.values()].find(({ leases }) => leases === 0);
    if (idle !== undefined) this.#closeIdle(idle);
  }

  async #dial(target: Target): Promise<Session> {
    const { clock, hostKeys, deadlines = defaultDeadlines, busyMs = 30_000 } = this.#options;
    const signal = this.#stopping.signal;
    const options: DialOptions = { hostKeys, deadlines, signal };
    const giveUpAt = clock.monotonic() + busyMs;
    const releaseSession = await this.#sessions.acquire(signal);
    try {
      for (let pause = 200; ; pause = Math.min(pause * 2, 5_000)) {
        try {
          const session = await this.#handshake(target, options);
          session.closed.addEventListener('abort', releaseSession, { once: true });
          return session;
        } catch (error) {
          const busy = error instanceof AppError && error.code === 'host_busy';
          if (!busy || clock.monotonic() > giveUpAt) throw error;
          await clock.sleep(pause * (0.5 + Math.random()), signal);
        }
      }
    } catch (error) {
      releaseSession();
      throw error;
    }
  }

  async #handshake(target: Target, options: DialOptions): Promise<Session> {
    using _endpoint = await this.#enterEndpoint(target, options.signal);
    const release = await this.#handshakes.acquire(options.signal);
    try {
      return await dial(target, options);
    } finally {
      release();
    }
  }

  async #enterEndpoint({ address, port }: Target, signal?: AbortSignal): Promise<Disposable> {
    const key = `${address} ${port}`;
    const endpoint = this.#endpoints.get(key) ?? { semaphore: new Semaphore(handshakesPerEndpoint), users: 0 };
    this.#endpoints.set(key, endpoint);
    endpoint.users += 1;
    const leave = () => {
      endpoint.users -= 1;
      if (endpoint.users === 0) this.#endpoints.delete(key);
    };
    try {
      const release = await endpoint.semaphore.acquire(signal);
      return {
        [Symbol.dispose]: () => {
          release();
          leave();
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  #lease(slot: Slot, session: Session): Lease {
    let released = false;
    return {
      session,
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        this.#release(slot);
      },
    };
  }

  #release(slot: Slot): void {
    slot.leases -= 1;
    if (slot.leases > 0) return;
    slot.idle = setTimeout(() => this.#closeIdle(slot), this.#options.idleMs ?? 60_000);
    slot.idle.unref();
  }

  #closeIdle(slot: Slot): void {
    const key = slotKey(slot.target);
    if (this.#slots.get(key) === slot) this.#slots.delete(key);
    this.#closeSlot(slot);
  }

  #closeSlot(slot: Slot): void {
    clearTimeout(slot.idle);
    slot.opening.then(
      (session) => session.close(),
      () => undefined,
    );
  }
}

function slotKey({ address, port, user, privateKey }: Target): string {
  return [address, port, user, createHash('sha256').update(privateKey).digest('base64')].join(' ');
}

/** The promise, or a rejection with the signal's reason; the promise itself goes on for others who wait for it. */
function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  const { promise: result, resolve, reject } = Promise.withResolvers<T>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  return result;
}
