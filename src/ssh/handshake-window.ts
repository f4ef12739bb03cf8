import { abortable } from '../lib/abortable.ts';
import type { Clock } from '../lib/clock.ts';
import { type Lateness, systemLateness } from '../lib/lateness.ts';

/**
 * Why the limit is what it is. `starting`: too little is known yet. `growing`: handshakes are as fast as they ever
 * were. `steady`: they have become slower, though not by much. `slow`: they have become so slow that it went down.
 * `busy`: this server has its hands full, so it went down: more at once would keep everybody else waiting, and none would
 * be done sooner. `exhausted`: the system gave no socket, so it went down. `ceiling`: descriptors and memory allow no more.
 */
export type WindowReason = 'starting' | 'growing' | 'steady' | 'slow' | 'busy' | 'exhausted' | 'ceiling';

export interface WindowState {
  /** Handshakes that may be under way at once; those of machines that keep silent come on top. */
  limit: number;
  underWay: number;
  waiting: number;
  /** How long a handshake took of late, from the answer of the machine to the login. Null before the first. */
  latencyMs: number | null;
  reason: WindowReason;
}

/** How a handshake ended, as far as it says something about this side. */
export type HandshakeEnd =
  /** Logged in. */
  | 'completed'
  /** It ran into its deadline while the machine kept answering: too slowly, or we too slowly for it. */
  | 'crawled'
  /** The system here had no descriptor, port or memory for it. */
  | 'exhausted'
  /**
   * Everything else. A machine that does not answer, or falls silent on the way, says nothing about us: were such
   * failures held against the window, a rack without power would slow down everybody else.
   */
  | 'other';

/** One handshake under way. */
export interface HandshakePlace {
  /** It came a step further. */
  advance(): void;
  end(how: HandshakeEnd): void;
}

export interface WindowOptions {
  clock: Clock;
  /** The limit never goes above this. */
  ceiling: number;
  /** Default: of this process. */
  lateness?: Lateness;
}

const initial = 16;
/** Even on a bad day some machines are worked on. */
const floor = 4;
/** However busy we are: machines that are far away take their time without any of ours. */
const floorWhenBusy = 16;
/** Judged at a time: the fastest quarter of them speaks for the round, as what slows us down slows all of them. */
const samplesPerRound = 8;
const growthAtFirst = 8;
const growthLater = 2;
const shrinkBy = 0.7;
/** Judged at a time: the middle one speaks for the round, as a single pause says nothing. */
const looksPerRound = 5;
/** Every caller waits that long, several times over. */
const busyMs = 15;
/** From here on more handshakes at once would not be done sooner. */
const fullMs = 8;
/** Below this a handshake is quick, whatever it was at its best: queueing here or there is the same. */
const quickMs = 250;
const slowMs = 1_000;
/** Against the best seen. */
const slowerThanBest = 3;
const muchSlowerThanBest = 6;
const noFaster = 0.8;
/** A handshake that gets no further for this long lends its place to another one. */
const patienceMs = 2_000;
const patienceInLatencies = 4;

interface Place {
  readonly epoch: number;
  readonly enteredAt: number;
  advancedAt: number;
  lent: boolean;
}

/**
 * How many handshakes may be under way at once. Nobody can say it beforehand: it depends on the processor here, on the
 * network, and on what stands between. So it starts small, grows by addition while handshakes stay as fast as at their
 * best, and shrinks by a factor when they become much slower.
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
  /** The latency that the limit was first lowered for, and how often it was since. */
  #blamed: { latency: number; times: number } | undefined;
  /** Changes with each shrinking: handshakes that began before it tell nothing about what came of it. */
  #epoch = 0;
  /** There while somebody looks for places that can be lent. */
  #watching: AbortController | undefined;
  #late: number[] = [];
  /** Whether there is nothing to be won by more handshakes at once. */
  #isFull = false;
  /** There while handshakes are under way. */
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
      // Admitted in the very moment it gave up.
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
    // Twice fewer at once and no faster: it is not us, these machines are far away or slow.
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
    // Those that wait for nothing but their machines are not what keeps us busy.
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

  /** Only where somebody waits: what was never tried out proves nothing. */
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

  /** While somebody waits: finds those that get no further, when the first of them is due. */
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
      // A machine or a processor under load answers late as well: that must not make the load greater.
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
