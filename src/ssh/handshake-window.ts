import { abortable } from '../lib/abortable.ts';
import type { Clock } from '../lib/clock.ts';
import { type Lateness, systemLateness } from '../lib/lateness.ts';

/**
 * Why the limit is what it is. `starting`: too little is known yet. `growing`: handshakes are as fast as they ever
 * were. `steady`: they have become slower, though not by much. `slow`: they have become so slow that the limit went
 * down. `busy`: this server is busy, so the limit stays or went down: with more handshakes at once, none would complete
 * sooner and all other work would wait. `exhausted`: the system gave no socket, so the limit went down. `ceiling`:
 * descriptors and memory allow no more.
 */
export type WindowReason = 'starting' | 'growing' | 'steady' | 'slow' | 'busy' | 'exhausted' | 'ceiling';

export interface WindowState {
  /** Handshakes that may run at once; those of silent machines come on top. */
  limit: number;
  underWay: number;
  waiting: number;
  /** How long recent handshakes took, from the answer of the machine to the login. Null before the first. */
  latencyMs: number | null;
  reason: WindowReason;
}

/** How a handshake ended, as far as that says something about this server. */
export type HandshakeEnd =
  /** Logged in. */
  | 'completed'
  /** It reached its deadline while the machine kept answering: the machine or this server was too slow. */
  | 'crawled'
  /** This system had no descriptor, port or memory for it. */
  | 'exhausted'
  /**
   * Everything else. A machine that does not answer, or falls silent on the way, says nothing about this server: if
   * such failures lowered the limit, a rack without power would slow down all other hosts.
   */
  | 'other';

/** One running handshake. */
export interface HandshakePlace {
  /** The handshake reached its next step. */
  advance(): void;
  end(how: HandshakeEnd): void;
}

export interface WindowOptions {
  clock: Clock;
  /** The most that the limit can become. */
  ceiling: number;
  /** Default: the lateness of this process. */
  lateness?: Lateness;
}

const initial = 16;
/** The lowest limit, so that some handshakes always run. */
const floor = 4;
/** The lowest limit when this server is busy: handshakes with distant machines mostly wait for the network. */
const floorWhenBusy = 16;
/**
 * A round has this many samples. The fastest quarter of them represents it, because a slow server delays all of them.
 */
const samplesPerRound = 8;
const growthAtFirst = 8;
const growthLater = 2;
const shrinkBy = 0.7;
/** A round has this many looks. The middle one represents it, because a single pause means nothing. */
const looksPerRound = 5;
/** From this lateness on the limit goes down: every caller waits that long, several times. */
const busyMs = 15;
/** From this lateness on more handshakes at once would not complete sooner. */
const fullMs = 8;
/** A faster handshake counts as fast, whatever the best one took: a queue here is no better than one there. */
const quickMs = 250;
const slowMs = 1_000;
/** As a multiple of the best latency. */
const slowerThanBest = 3;
const muchSlowerThanBest = 6;
const noFaster = 0.8;
/** A handshake without progress for this long lends its place to another one. */
const patienceMs = 2_000;
const patienceInLatencies = 4;

interface Place {
  readonly epoch: number;
  readonly enteredAt: number;
  advancedAt: number;
  lent: boolean;
}

/**
 * Limits how many handshakes run at once. The right limit depends on the processor, the network and the devices in
 * between, so it cannot be known beforehand. It starts low, grows by addition while handshakes stay about as fast as
 * the best ones, and shrinks by a factor when they become much slower.
 */
export class HandshakeWindow {
  readonly #clock: Clock;
  readonly #ceiling: number;
  readonly #lateness: Lateness;
  readonly #places = new Set<Place>();
  readonly #waiting: Array<() => void> = [];
  #limit: number;
  #lent = 0;
  #reason: WindowReason = 'starting';
  #growth = growthAtFirst;
  #samples: number[] = [];
  #latency: number | null = null;
  #best = Number.POSITIVE_INFINITY;
  /** The latency for which the limit was first lowered, and how often it was lowered since. */
  #blamed: { latency: number; times: number } | undefined;
  /** Grows with each shrinking: handshakes that began before it say nothing about the new limit. */
  #epoch = 0;
  /** Defined while the window looks for places to lend. */
  #watching: AbortController | undefined;
  #late: number[] = [];
  /** Whether more handshakes at once would bring nothing. */
  #isFull = false;
  /** Defined while handshakes run. */
  #looking: Disposable | undefined;

  constructor({ clock, ceiling, lateness = systemLateness }: WindowOptions) {
    this.#clock = clock;
    this.#ceiling = ceiling;
    this.#lateness = lateness;
    this.#limit = Math.min(initial, ceiling);
  }

  get state(): WindowState {
    return {
      limit: this.#limit,
      underWay: this.#places.size,
      waiting: this.#waiting.length,
      latencyMs: this.#latency === null ? null : Math.round(this.#latency),
      reason: this.#reason,
    };
  }

  /** Waits for a place, in order of arrival. Rejects with the signal's reason. */
  async enter(signal?: AbortSignal): Promise<HandshakePlace> {
    signal?.throwIfAborted();
    if (this.#counted < this.#limit) return this.#occupy();
    const { promise, resolve } = Promise.withResolvers<HandshakePlace>();
    const admit = () => resolve(this.#occupy());
    this.#waiting.push(admit);
    this.#watch();
    try {
      return await abortable(promise, signal);
    } catch (error) {
      const index = this.#waiting.indexOf(admit);
      if (index >= 0) this.#waiting.splice(index, 1);
      // Admitted at the moment its signal fired.
      else void promise.then((place) => place.end('other'));
      if (this.#waiting.length === 0) this.#watching?.abort();
      throw error;
    }
  }

  get #counted(): number {
    return this.#places.size - this.#lent;
  }

  #occupy(): HandshakePlace {
    const now = this.#clock.monotonic();
    const place: Place = { epoch: this.#epoch, enteredAt: now, advancedAt: now, lent: false };
    this.#places.add(place);
    this.#looking ??= this.#lateness.watch((ms) => this.#look(ms));
    let answeredAt: number | undefined;
    return {
      advance: () => {
        if (!this.#places.has(place)) return;
        place.advancedAt = this.#clock.monotonic();
        answeredAt ??= place.advancedAt;
        this.#setLent(place, false);
      },
      end: (how) => {
        if (!this.#places.delete(place)) return;
        if (place.lent) this.#lent -= 1;
        this.#learn(how, place, this.#clock.monotonic() - (answeredAt ?? place.enteredAt));
        this.#admit();
        if (this.#places.size === 0) this.#lookNoMore();
      },
    };
  }

  #setLent(place: Place, lent: boolean): void {
    if (place.lent === lent) return;
    place.lent = lent;
    this.#lent += lent ? 1 : -1;
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#counted < this.#limit) this.#waiting.shift()?.();
    if (this.#waiting.length === 0) this.#watching?.abort();
  }

  #learn(how: HandshakeEnd, { epoch }: Place, latency: number): void {
    if (how === 'other' || epoch !== this.#epoch) return;
    if (how !== 'completed') {
      this.#shrink(how === 'exhausted' ? 'exhausted' : 'slow');
      return;
    }
    this.#samples.push(latency);
    if (this.#samples.length < samplesPerRound) return;
    const fastest = this.#samples.toSorted((a, b) => a - b)[samplesPerRound / 4] ?? latency;
    this.#samples = [];
    this.#judge(fastest);
  }

  #judge(latency: number): void {
    this.#latency = latency;
    // No faster after the limit was lowered twice: this server is not the cause, these machines are far away or slow.
    if (this.#blamed !== undefined && this.#blamed.times >= 2 && latency > this.#blamed.latency * noFaster) {
      this.#best = latency;
    }
    this.#best = Math.min(this.#best, latency);
    if (latency > Math.max(slowMs, muchSlowerThanBest * this.#best)) {
      const { latency: first = latency, times = 0 } = this.#blamed ?? {};
      this.#blamed = { latency: first, times: times + 1 };
      this.#shrink('slow');
      return;
    }
    this.#blamed = undefined;
    if (latency > Math.max(quickMs, slowerThanBest * this.#best)) this.#reason = 'steady';
    else this.#grow();
  }

  #look(ms: number): void {
    this.#late.push(ms);
    if (this.#late.length < looksPerRound) return;
    const usual = this.#late.toSorted((a, b) => a - b)[Math.floor(looksPerRound / 2)] ?? ms;
    this.#late = [];
    this.#isFull = usual > fullMs;
    // At this limit, handshakes mostly wait for their machines: they are not what keeps this server busy.
    if (usual <= busyMs || this.#limit <= Math.min(floorWhenBusy, this.#ceiling)) return;
    this.#limit = Math.max(Math.min(floorWhenBusy, this.#ceiling), Math.floor(this.#limit * shrinkBy));
    this.#reason = 'busy';
    this.#growth = growthLater;
  }

  #lookNoMore(): void {
    this.#looking?.[Symbol.dispose]();
    this.#looking = undefined;
    this.#late = [];
    this.#isFull = false;
  }

  /** Grows only when a handshake waits: a limit that was never reached proves nothing. */
  #grow(): void {
    if (this.#isFull) {
      this.#reason = 'busy';
      return;
    }
    if (this.#waiting.length > 0) this.#limit = Math.min(this.#ceiling, this.#limit + this.#growth);
    this.#reason = this.#limit === this.#ceiling ? 'ceiling' : 'growing';
  }

  #shrink(reason: 'slow' | 'exhausted'): void {
    this.#limit = Math.max(Math.min(floor, this.#ceiling), Math.floor(this.#limit * shrinkBy));
    this.#reason = reason;
    this.#growth = growthLater;
    this.#epoch += 1;
    this.#samples = [];
  }

  /** Runs while a handshake waits: finds places without progress, at the time the first of them is due. */
  #watch(): void {
    if (this.#watching !== undefined) return;
    const watching = new AbortController();
    this.#watching = watching;
    void this.#lendPlaces(watching.signal).finally(() => {
      this.#watching = undefined;
      if (this.#waiting.length > 0) this.#watch();
    });
  }

  async #lendPlaces(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A machine or a processor under load answers late as well: lending its place must not increase the load.
      const patience = Math.max(patienceMs, patienceInLatencies * (this.#latency ?? 0));
      const now = this.#clock.monotonic();
      let next = patience;
      for (const place of this.#places) {
        if (place.lent) continue;
        const left = place.advancedAt + patience - now;
        if (left > 0) next = Math.min(next, left);
        else this.#setLent(place, true);
      }
      this.#admit();
      if (signal.aborted) return;
      await this.#clock.sleep(next, signal).catch(() => undefined);
    }
  }
}
