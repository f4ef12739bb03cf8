import { abortable } from '../lib/abortable.ts';
import { AppError } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { jumpHostFailed } from './connect-errors.ts';
import { type ConnectDeadlines, defaultDeadlines } from './deadlines.ts';
import { Dialer, type DialerOptions } from './dialer.ts';
import type { DialOptions } from './handshake.ts';
import type { WindowState } from './handshake-window.ts';
import type { HostKeys } from './host-keys.ts';
import { PrivateKeys } from './private-key.ts';
import { sessionLimit } from './resource-limits.ts';
import type { Session, Target } from './session.ts';
import { SessionPlace } from './session-place.ts';

export interface PoolOptions extends DialerOptions {
  hostKeys: HostKeys;
  deadlines?: ConnectDeadlines;
  /** How long an unused session stays open. Default 60 s. */
  idleMs?: number;
  /** Sessions open at once, in use or idle, without those to jump hosts. Default: what descriptors and memory allow. */
  sessions?: number;
  /** The pool keeps no unused session while more than this are open. Default 1,024. */
  kept?: number;
  keepalive?: NonNullable<DialOptions['keepalive']>;
  /** Called when the first session is opened; the pool disposes of the result when no session is left. */
  whileConnected?: () => Disposable;
}

/** Sessions of a pool. */
export interface SessionCounts {
  readonly opening: number;
  readonly inUse: number;
  readonly idle: number;
  /** How many of all are to jump hosts. */
  readonly jumpHosts: number;
  readonly limit: number;
}

/** A borrowed session; disposing returns it for reuse. */
export interface Lease extends Disposable {
  readonly session: Session;
}

/**
 * An open session takes about 100 kB, which every garbage collection goes through. This many help a client that works
 * on a thousand machines again and again; of more, hardly any is used twice before it is closed.
 */
const defaultKept = 1_024;

interface Slot {
  readonly key: string;
  readonly target: Target;
  /** Ends the attempt to open the session. */
  readonly abandon: AbortController;
  readonly place: SessionPlace;
  readonly opening: Promise<Session>;
  session?: Session;
  leases: number;
  /** Whether other sessions go through it. */
  isJumpHost: boolean;
  idle?: ReturnType<typeof setTimeout>;
}

/** Keeps sessions open between uses: one session per login, whose channels the commands share. */
export class SessionPool {
  readonly #options: PoolOptions;
  /** Sessions that the pool can lend. */
  readonly #slots = new Map<string, Slot>();
  /** Unused sessions, the longest idle one first. */
  readonly #idle = new Set<Slot>();
  /** All sessions that are open or being opened, including those that are not lent any more. */
  readonly #alive = new Set<Slot>();
  readonly #dialer: Dialer;
  readonly #keys = new PrivateKeys();
  readonly #sessions: Semaphore;
  readonly #kept: number;
  /** How many of `#alive` are sessions to jump hosts. */
  #jumpHosts = 0;
  readonly #stopping = new AbortController();
  #connected: Disposable | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#dialer = new Dialer(options);
    this.#sessions = new Semaphore(options.sessions ?? sessionLimit());
    this.#kept = Math.min(this.#sessions.limit, options.kept ?? defaultKept);
  }

  /** The number of running handshakes, their limit, and its reason. */
  window(): WindowState {
    return this.#dialer.window();
  }

  /** The number of sessions by what they do, and the limit of those that are lent. */
  counts(): SessionCounts {
    const opening = [...this.#alive].filter(({ session }) => session === undefined).length;
    const [all, idle] = [this.#alive.size, this.#idle.size];
    return { opening, idle, inUse: all - idle - opening, jumpHosts: this.#jumpHosts, limit: this.#sessions.limit };
  }

  /**
   * Lends a session to the machine: an open one if it showed the host key that the machine must show now, else a new
   * one.
   *
   * @throws what `dial` throws, also for a jump host, which the error then names; AppError `shutting_down`
   */
  async lend(target: Target, signal?: AbortSignal): Promise<Lease> {
    return this.#lendExpected(() => this.#occupy(target, signal), signal);
  }

  /**
   * Drops every open session to the machine, so that the next one is a new connection. A session that is being opened
   * stays with those who wait for it.
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

  #occupy(target: Target, signal?: AbortSignal): Slot {
    this.#stopping.signal.throwIfAborted();
    signal?.throwIfAborted();
    const key = this.#slotKey(target);
    const slot = this.#slots.get(key) ?? this.#open(key, target);
    slot.leases += 1;
    this.#idle.delete(slot);
    clearTimeout(slot.idle);
    return slot;
  }

  /**
   * After a session was opened, its host may have left the inventory, or an operator may have named another host key.
   * Its present users keep such a session, but it is not lent again.
   */
  async #lendExpected(occupy: () => Slot, signal?: AbortSignal): Promise<Lease> {
    const slot = occupy();
    const lease = await this.#lendSlot(slot, signal);
    const { target, hostKey } = lease.session;
    try {
      if (await this.#options.hostKeys.expects(target.address, hostKey)) return lease;
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
    if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
    lease[Symbol.dispose]();
    return this.#lendSlot(occupy(), signal);
  }

  async #lendSlot(slot: Slot, signal?: AbortSignal): Promise<Lease> {
    try {
      return this.#lease(slot, await abortable(slot.opening, signal));
    } catch (error) {
      this.#release(slot);
      throw error;
    }
  }

  /**
   * The session to the last jump host. It is open as long as a session goes through it. It does not count against the
   * limit of sessions: otherwise it could wait for a place that becomes free only after it is open.
   */
  async #lendJumpHost(target: Target, signal: AbortSignal): Promise<Lease | undefined> {
    const { jump = [] } = target;
    const last = jump.at(-1);
    if (last === undefined) return undefined;
    const occupy = () => {
      const slot = this.#occupy({ ...last, jump: jump.slice(0, -1) }, signal);
      if (!slot.isJumpHost) {
        slot.isJumpHost = true;
        this.#jumpHosts += 1;
        slot.place.waive();
      }
      return slot;
    };
    try {
      return await this.#lendExpected(occupy, signal);
    } catch (error) {
      throw error instanceof AppError && !signal.aborted ? jumpHostFailed(target, last, error) : error;
    }
  }

  #open(key: string, target: Target): Slot {
    this.#makeRoom();
    const abandon = new AbortController();
    const place = new SessionPlace(this.#sessions);
    const opening = this.#dial(target, place, abandon.signal);
    const slot: Slot = { key, target, abandon, place, opening, leases: 0, isJumpHost: false };
    this.#slots.set(key, slot);
    this.#alive.add(slot);
    this.#connected ??= this.#options.whileConnected?.();
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
    // The attempt was given up after the login.
    if (slot.abandon.signal.aborted) session.close();
  }

  /** Sessions that are open or being opened, as `SessionPlace` counts them. */
  get #counted(): number {
    return this.#alive.size - this.#jumpHosts;
  }

  /** Closes the longest idle session when the pool keeps no more open. */
  #makeRoom(): void {
    if (this.#counted < this.#kept) return;
    const [idle] = this.#idle;
    if (idle !== undefined) this.#discard(idle);
  }

  async #dial(target: Target, place: SessionPlace, signal: AbortSignal): Promise<Session> {
    const jumpHost = await this.#lendJumpHost(target, signal);
    const giveBack = () => {
      place.release();
      jumpHost?.[Symbol.dispose]();
    };
    try {
      await place.take(signal);
      const session = await this.#dialer.dial(target, this.#dialOptions(signal, jumpHost));
      session.closed.addEventListener('abort', giveBack, { once: true });
      if (session.closed.aborted) giveBack();
      return session;
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  #dialOptions(signal: AbortSignal, jumpHost: Lease | undefined): DialOptions & { signal: AbortSignal } {
    const { hostKeys, deadlines = defaultDeadlines, keepalive } = this.#options;
    return {
      hostKeys,
      deadlines,
      signal,
      parseKey: this.#keys.parse,
      ...(keepalive === undefined ? {} : { keepalive }),
      ...(jumpHost === undefined ? {} : { through: jumpHost.session }),
    };
  }

  #slotKey({ jump = [], ...target }: Target): string {
    return [...jump, target]
      .map(({ address, port, user, privateKey }) => `${address} ${port} ${user} ${this.#keys.id(privateKey)}`)
      .join(' ');
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
    // When the limit is exceeded, a waiting session needs this place.
    if (!wanted || this.#counted > this.#kept) {
      this.#discard(slot);
      return;
    }
    this.#idle.add(slot);
    slot.idle = setTimeout(() => this.#discard(slot), this.#options.idleMs ?? 60_000);
    slot.idle.unref();
  }

  /** Ends the session, or the attempt to open it. */
  #discard(slot: Slot, reason?: unknown): void {
    if (slot.session === undefined) {
      slot.abandon.abort(reason ?? new AppError('connection_lost', `nobody waits for ${slot.target.address} any more`));
    } else slot.session.close();
    this.#forget(slot);
  }

  #forget(slot: Slot): void {
    clearTimeout(slot.idle);
    this.#idle.delete(slot);
    if (this.#alive.delete(slot) && slot.isJumpHost) this.#jumpHosts -= 1;
    if (this.#slots.get(slot.key) === slot) this.#slots.delete(slot.key);
    if (this.#alive.size > 0) return;
    this.#connected?.[Symbol.dispose]();
    this.#connected = undefined;
  }
}
