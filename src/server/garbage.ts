import { readFileSync } from 'node:fs';

/** The memory of this process. */
export interface Memory {
  /**
   * What the process holds for itself: without the pages of files, of which a large store has gigabytes mapped that the
   * system takes back whenever it likes. Undefined when the system does not tell, as when no descriptor is left to ask
   * it by.
   */
  ownBytes(): number | undefined;
  /** Begins to give back what nothing refers to any more, beside the work. */
  collect(): void;
  /** Gives all of it back before it returns: with a thousand connections that takes 100 ms, for which everybody waits. */
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
  collect: () => Bun.gc(false),
  collectNow: () => Bun.gc(true),
};

/** How closely growth is watched. */
export interface Watch {
  /** Milliseconds between two looks. */
  readonly lookMs: number;
  /** What is put up with before anything is collected. */
  readonly growthBytes: number;
}

/** Milliseconds between two collections that everybody waits for. */
const nowAgainMs = 5_000;
/** How much growth is put up with, as a part of what there was: a collection takes as long as there is much that is not garbage. */
const growthShare = 1 / 2;
/** How many times what is put up with is not to be waited for any longer. */
const tooMuch = 3 / 2;

const mebibyte = 1024 * 1024;
/** What machines print piles up by hundreds of megabytes a second. */
export const whileConnected: Watch = { lookMs: 200, growthBytes: 32 * mebibyte };
/** More than the hash of a password takes for a moment: a collection would keep everybody waiting for nothing. */
export const always: Watch = { lookMs: 1_000, growthBytes: 128 * mebibyte };
/** What a server at work with hundreds of hosts takes anyway: below it there is nothing to be won. */
const usualBytes = 116 * mebibyte;

/**
 * Collects garbage whenever the process has grown by some, until disposed. The runtime does so by itself, but goes by
 * the memory of the whole machine and by what it knows of: a host that prints without end made it hold 250 MB of
 * buffers that were done with.
 */
export function collectGarbage(memory: Memory, { lookMs, growthBytes }: Watch): Disposable {
  let floor = memory.ownBytes() ?? usualBytes;
  let hasBegun = false;
  let looks = nowAgainMs / lookMs;
  const timer = setInterval(() => {
    looks += 1;
    const held = memory.ownBytes();
    if (held === undefined) return;
    const limit = Math.max(usualBytes, floor + Math.max(growthBytes, floor * growthShare));
    if (held < limit) {
      floor = Math.min(floor, held);
      hasBegun = false;
      return;
    }
    if (!hasBegun) {
      memory.collect();
      hasBegun = true;
      return;
    }
    // It was not enough, or is not over: the runtime takes its time.
    if (looks * lookMs < nowAgainMs && held < limit * tooMuch) return;
    memory.collectNow();
    floor = memory.ownBytes() ?? held;
    hasBegun = false;
    looks = 0;
  }, lookMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
