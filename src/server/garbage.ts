import { fullGC } from 'bun:jsc';
import { readFileSync } from 'node:fs';

/** The memory of this process. */
export interface Memory {
  /**
   * What the process holds for itself: without the pages of files, of which a large store has gigabytes mapped that the
   * system takes back whenever it likes. Undefined when the system does not tell, as when no descriptor is left to ask
   * it by.
   */
  ownBytes(): number | undefined;
  /**
   * Finds what nothing refers to any more: it is used again, and given back bit by bit. Nothing else happens meanwhile, 100 ms
   * where there are 100 MB of objects.
   */
  collect(): void;
  /** The same, and gives all of it back before it returns: up to half a second. */
  collectNow(): void;
}

const pageBytes = 4_096;

/** By proc(5), whose counts are in pages. */
export const systemMemory: Memory = {
  ownBytes() {
    try {
      const [, resident = 0, shared = 0] = readFileSync('/proc/self/statm', 'latin1').split(' ', 3).map(Number);
      return (resident - shared) * pageBytes;
    } catch {
      return undefined;
    }
  },
  collect: () => void fullGC(),
  collectNow: () => Bun.gc(true),
};

/** How closely growth is watched. */
interface Closeness {
  /** Milliseconds between two looks. */
  readonly lookMs: number;
  /** How much growth is allowed before garbage is collected. */
  readonly growthBytes: number;
}

/** Milliseconds between two collections. */
const againMs = 3_000;
/** How much growth is allowed, as a part of what there was: a collection takes as long as there is much that is not garbage. */
const growthShare = 1 / 2;
/** How many times that is too much to be given back bit by bit. */
const tooMuch = 3 / 2;
/** After so many collections that were not enough, everything is given back: what is in use may have grown. */
const mostCollections = 5;

const mebibyte = 1024 * 1024;
/** What machines print piles up by hundreds of megabytes a second. */
const close: Closeness = { lookMs: 200, growthBytes: 32 * mebibyte };
/** More than the hash of a password takes for a moment: a collection would make every request wait for nothing. */
const usual: Closeness = { lookMs: 1_000, growthBytes: 128 * mebibyte };
/** What a server takes that works on hundreds of hosts: below it nothing is collected. */
const usualBytes = 116 * mebibyte;

/**
 * Collects garbage when the process has grown, until disposed of. The runtime also does so, but goes by the memory of the
 * machine: while a host printed without end, the process held 250 MB of dead buffers.
 */
export class GarbageWatch implements Disposable {
  readonly #memory: Memory;
  #closeness = usual;
  /** How many want it to look closely. */
  #close = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isOver = false;
  /** The least that was held since the last time everything was given back. */
  #lowest: number;
  #collections = 0;
  /** Milliseconds since the last collection. */
  #sinceMs = againMs;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#lowest = memory.ownBytes() ?? usualBytes;
    this.#restart();
  }

  /** Looks closely until the result is disposed of. */
  lookClosely(): Disposable {
    this.#close += 1;
    if (this.#close === 1) this.#restart();
    return {
      [Symbol.dispose]: () => {
        this.#close -= 1;
        if (this.#close === 0) this.#restart();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  #restart(): void {
    clearInterval(this.#timer);
    if (this.#isOver) return;
    this.#closeness = this.#close > 0 ? close : usual;
    this.#timer = setInterval(() => this.#look(), this.#closeness.lookMs);
    this.#timer.unref();
  }

  #look(): void {
    const { lookMs, growthBytes } = this.#closeness;
    this.#sinceMs += lookMs;
    const held = this.#memory.ownBytes();
    if (held === undefined) return;
    const limit = Math.max(usualBytes, this.#lowest + Math.max(growthBytes, this.#lowest * growthShare));
    this.#lowest = Math.min(this.#lowest, held);
    const isDue = this.#sinceMs >= againMs;
    if (held >= limit * tooMuch || (held >= limit && isDue && this.#collections === mostCollections)) {
      this.#memory.collectNow();
      this.#lowest = this.#memory.ownBytes() ?? held;
      this.#collections = 0;
    } else if (held >= limit && isDue) {
      this.#memory.collect();
      this.#collections += 1;
    } else return;
    this.#sinceMs = 0;
  }
}
