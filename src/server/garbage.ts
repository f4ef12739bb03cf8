import { fullGC } from 'bun:jsc';
import { readFileSync } from 'node:fs';

/** The memory of this process. */
export interface Memory {
  /**
   * The memory of the process itself, without mapped pages of files: a large store maps gigabytes that the system can
   * reclaim at any time. Undefined when the system does not report it, as when no descriptor is left.
   */
  ownBytes(): number | undefined;
  /**
   * Frees garbage for reuse; its memory returns to the system bit by bit. The process pauses meanwhile, for 100 ms with
   * 100 MB of objects.
   */
  collect(): void;
  /** The same, but returns all free memory to the system at once, which takes up to half a second. */
  collectNow(): void;
}

const pageBytes = 4_096;

/** By proc(5), whose counts are in pages. */
/** Tells how long each collection took, in milliseconds. */
export function timedMemory(memory: Memory, tell: (ms: number) => void): Memory {
  const timed = (collect: () => void) => () => {
    const begun = performance.now();
    collect();
    tell(performance.now() - begun);
  };
  return {
    ownBytes: () => memory.ownBytes(),
    collect: timed(() => memory.collect()),
    collectNow: timed(() => memory.collectNow()),
  };
}

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

/** How closely the watch looks at growth. */
interface Closeness {
  /** Milliseconds between two checks. */
  readonly lookMs: number;
  /** The growth that is allowed before a collection. */
  readonly growthBytes: number;
}

/** Milliseconds between two collections. */
const againMs = 3_000;
/** The growth that is allowed, as a part of the memory in use: a collection takes longer the more there is. */
const growthShare = 1 / 2;
/** The multiple of the limit at which memory is returned to the system at once. */
const tooMuch = 3 / 2;
/**
 * After this many insufficient collections all free memory is returned to the system: the memory in use may have grown.
 */
const mostCollections = 5;

const mebibyte = 1024 * 1024;
/** Output of machines accumulates by hundreds of megabytes a second. */
const close: Closeness = { lookMs: 200, growthBytes: 32 * mebibyte };
/** More than hashing a password takes for a moment: a collection would delay every request for nothing. */
const usual: Closeness = { lookMs: 1_000, growthBytes: 128 * mebibyte };
/** What a server that works on hundreds of hosts uses; below it the watch collects nothing. */
const usualBytes = 116 * mebibyte;

/**
 * Collects garbage when the process has grown, until disposed of. The runtime also does so, but judges by the memory of
 * the machine: while a host printed without end, the process held 250 MB of dead buffers.
 */
export class GarbageWatch implements Disposable {
  readonly #memory: Memory;
  #closeness = usual;
  /** How many users of `lookClosely` there are. */
  #close = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isOver = false;
  /** The least memory in use since all free memory was last returned. */
  #lowest: number;
  #collections = 0;
  /** Milliseconds since the last collection. */
  #sinceMs = againMs;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#lowest = memory.ownBytes() ?? usualBytes;
    this.#restart();
  }

  /** Checks more often until the result is disposed of. */
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
