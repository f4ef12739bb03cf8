import { BackOff } from '../lib/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError, systemErrorCode } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import { TooSlow } from './connect-errors.ts';
import { dial } from './connection.ts';
import type { ConnectPhase } from './deadlines.ts';
import type { DialOptions } from './handshake.ts';
import type { WatchHandshake } from './handshake-watch.ts';
import { type HandshakeEnd, HandshakeWindow, type WindowState } from './handshake-window.ts';
import { handshakeCeiling } from './resource-limits.ts';
import type { Session, Target } from './session.ts';

export interface DialerOptions {
  clock: Clock;
  /** How long to retry a machine that closes before its banner. Default 30 s. */
  busyMs?: number;
  /** The most handshakes at once, over all machines. Default: what descriptors and memory allow. */
  handshakes?: number;
  watchHandshake?: WatchHandshake | undefined;
}

/** Handshakes at once to one address and port: below the default MaxStartups of sshd (10:30:100). */
const handshakesPerEndpoint = 8;

/** Pauses before a busy machine is tried again, in milliseconds. */
const busyPauses = { first: 200, longest: 5_000, spread: () => 0.5 + Math.random() };

/** A machine that sent something in this time before the deadline was slow, not silent. */
const spokeLatelyMs = 2_000;

/** System errors that mean that this process or system lacks a resource. */
const outOfResources = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN']);

/** Opens sessions: as many at once as the network allows, and no more to one endpoint than its sshd accepts. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #handshakes: HandshakeWindow;
  readonly #endpoints = new Map<string, { semaphore: Semaphore; users: number }>();

  constructor(options: DialerOptions) {
    this.#options = options;
    const ceiling = options.handshakes ?? handshakeCeiling();
    this.#handshakes = new HandshakeWindow({ clock: options.clock, ceiling });
  }

  /** The number of running handshakes, their limit, and its reason. */
  window(): WindowState {
    return this.#handshakes.state;
  }

  /** Retries a busy machine for a while. @throws what `dial` of the connection throws */
  async dial(target: Target, options: DialOptions & { signal: AbortSignal }): Promise<Session> {
    const { clock, busyMs = 30_000 } = this.#options;
    const giveUpAt = clock.monotonic() + busyMs;
    const pauses = new BackOff(busyPauses);
    for (;;) {
      try {
        return await this.#handshake(target, options);
      } catch (error) {
        const busy = error instanceof AppError && error.code === 'host_busy';
        if (!busy || clock.monotonic() > giveUpAt) throw error;
        await pauses.sleep(clock, options.signal);
      }
    }
  }

  async #handshake(target: Target, options: DialOptions): Promise<Session> {
    using _endpoint = await this.#enterEndpoint(target, options.signal);
    const place = await this.#handshakes.enter(options.signal);
    const watch = this.#options.watchHandshake?.(target);
    const onPhase = (phase: ConnectPhase) => {
      place.advance();
      watch?.phase(phase);
    };
    try {
      const session = await dial(target, { ...options, onPhase });
      place.end('completed');
      watch?.end();
      return session;
    } catch (error) {
      place.end(endOf(error));
      watch?.end(error);
      throw error;
    }
  }

  async #enterEndpoint(target: Target, signal?: AbortSignal): Promise<Disposable> {
    // The same address behind another jump host may be another machine.
    const key = [...(target.jump ?? []), target].map(({ address, port }) => `${address} ${port}`).join(' ');
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
}

/** How the window should count a failed handshake. */
function endOf(error: unknown): HandshakeEnd {
  if (error instanceof TooSlow) return error.phase !== 'banner' && error.silentMs < spokeLatelyMs ? 'crawled' : 'other';
  const cause = error instanceof AppError ? systemErrorCode(error.cause) : undefined;
  return cause !== undefined && outOfResources.has(cause) ? 'exhausted' : 'other';
}
