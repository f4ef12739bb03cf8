/** Milliseconds that one action took while another one ran. */
export interface Waits {
  median: number;
  /** 99 of 100 took no longer. */
  p99: number;
  most: number;
  count: number;
}

const pauseMs = 20;

/** Runs the one action, and repeats the other until the first has ended. */
export async function waitsDuring<T>(
  work: () => Promise<T>,
  ask: () => Promise<void>,
): Promise<{ result: T; waits: Waits }> {
  const times: number[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const begun = performance.now();
      await ask();
      times.push(performance.now() - begun);
      await Bun.sleep(pauseMs);
    }
  })();
  const result = await work().finally(() => {
    isOver = true;
  });
  await asking;
  return { result, waits: waitsIn(times) };
}

function waitsIn(times: readonly number[]): Waits {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { median: at(0.5), p99: at(0.99), most: sorted.at(-1) ?? 0, count: sorted.length };
}
