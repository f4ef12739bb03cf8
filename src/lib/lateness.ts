/** The lag of the event loop: how long work that is ready waits until this process runs it. */
export interface Lateness {
  /** Reports the lag repeatedly, in milliseconds, until disposed of. */
  watch(tell: (ms: number) => void): Disposable;
}

const lookMs = 10;

/** Measures by a timer, which is as late as everything else. */
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
