/** How late this process comes to what is ready: with much to do all of it waits in one row. */
export interface Lateness {
  /** Tells it again and again, in milliseconds, until disposed of. */
  watch(tell: (ms: number) => void): Disposable;
}

const lookMs = 10;

/** By a timer: it comes as late as everything else does. */
export const systemLateness: Lateness = {
  watch(tell) {
    let due = performance.now() + lookMs;
    const look = () => {
      const now = performance.now();
      tell(now - due);
      due = now + lookMs;
      timer = setTimeout(look, lookMs);
      timer.unref();
    };
    let timer = setTimeout(look, lookMs);
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
