import { createHash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { abortable } from './abortable.ts';
import { dial } from './connection.ts';
import { type ConnectDeadlines, defaultDeadlines } from './deadlines.ts';
import type { DialOptions } from './handshake.ts';
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
  /** Sessions open at once, in use or idle. Default: what the descriptor limit allows. */
  sessions?: number;
  keepalive?: NonNullable<DialOptions['keepalive']>;
}

/** A session on loan; disposing gives it back for reuse. */
export interface Lease extends Disposable {
  readonly session: Session;
}

/** Handshakes under way at once to one address and port: below the default MaxStartups of sshd (10:30:100). */
const handshakesPerEndpoint = 8;

interface Slot {
  readonly key: string;
  readonly target: Target;
  /** Ends the attempt to open the session. */
  readonly abandon: AbortController;
  readonly opening: Promise<Session>;
  session?: Session;
  leases: number;
  idle?: ReturnType<typeof setTimeout>;
}

/** Keeps sessions open between uses. One session per login; commands share it as channels. */
export class SessionPool {
  readonly #options: PoolOptions;
  /** Sessions to lend, the longest idle one first. */
  readonly #slots = new Map<string, Slot>();
  /** Everything that is open or being opened, also what is lent no more. */
  readonly #alive = new Set<Slot>();
  readonly #handshakes: Semaphore;
  readonly #sessions: Semaphore;
  readonly #endpoints = new Map<string, { semaphore: Semaphore; users: number }>();
  readonly #stopping = new AbortController();

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#handshakes = new Semaphore(options.handshakes ?? handshakeLimit());
    this.#sessions = new Semaphore(options.sessions ?? sessionLimit());
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

  /**
   * Drops every open session to the machine, so that the next one is a fresh connection. One that is being opened is
   * left to those who wait for it.
   */
  drop(address: string): void {
    for (const slot of [...this.#slots.values()]) {
      if (slot.target.address !== address) continue;
      if (slot.session === undefined) this.#slots.delete(slot.key);
      else this.#discard(slot);
    }
  }

  close(): void {
    this.#stopping.abort(new AppError('shutting_down', 'the server is stopping'));
    for (const slot of [...this.#alive]) this.#discard(slot, this.#stopping.signal.reason);
  }

  #open(key: string, target: Target): Slot {
    this.#makeRoom();
    const abandon = new AbortController();
    const opening = this.#dial(target, abandon.signal);
    const slot: Slot = { key, target, abandon, opening, leases: 0 };
    this.#slots.set(key, slot);
    this.#alive.add(slot);
    opening.then(
      (session) => this.#opened(slot, session),
      () => this.#forget(slot),
    );
    return slot;
  }

  #opened(slot: Slot, session: Session): void {
    slot.session = session;
    session.closed.addEventListener('abort', () => this.#forget(slot), { once: true });
    if (session.closed.aborted) this.#forget(slot);
    // Given up between the login and here.
    if (slot.abandon.signal.aborted) session.close();
  }

  /** Gives up the longest idle session when there are as many as there may be. */
  #makeRoom(): void {
    if (this.#alive.size < this.#sessions.limit) return;
    const idle = [...this.#slots.values()].find(({ leases }) => leases === 0);
    if (idle !== undefined) this.#discard(idle);
  }

  async #dial(target: Target, signal: AbortSignal): Promise<Session> {
    const { clock, hostKeys, deadlines = defaultDeadlines, busyMs = 30_000, keepalive } = this.#options;
    const options: DialOptions = { hostKeys, deadlines, signal, ...(keepalive === undefined ? {} : { keepalive }) };
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
    const wanted = this.#slots.get(slot.key) === slot && slot.session !== undefined;
    // More than may be open: somebody waits for this one to go.
    if (!wanted || this.#alive.size > this.#sessions.limit) {
      this.#discard(slot);
      return;
    }
    this.#slots.delete(slot.key);
    this.#slots.set(slot.key, slot);
    slot.idle = setTimeout(() => this.#discard(slot), this.#options.idleMs ?? 60_000);
    slot.idle.unref();
  }

  /** Ends the session, or the attempt to open it. */
  #discard(slot: Slot, reason?: unknown): void {
    slot.abandon.abort(reason ?? new AppError('connection_lost', `nobody waits for ${slot.target.address} any more`));
    slot.session?.close();
    this.#forget(slot);
  }

  #forget(slot: Slot): void {
    clearTimeout(slot.idle);
    this.#alive.delete(slot);
    if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
  }
}

function slotKey({ address, port, user, privateKey }: Target): string {
  return [address, port, user, createHash('sha256').update(privateKey).digest('base64')].join(' ');
}
