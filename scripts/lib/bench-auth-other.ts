/** Requests a URL repeatedly until its input ends, and prints how long it had to wait: for `scripts/bench auth`. */
export interface Waited {
  count: number;
  /** Milliseconds. */
  median: number;
  worst: number;
}

if (import.meta.main) {
  const [url = '', authorization = ''] = process.argv.slice(2);
  let isOver = false;
  process.stdin.resume().once('end', () => {
    isOver = true;
  });
  const times: number[] = [];
  while (!isOver) {
    const begun = performance.now();
    const response = await fetch(url, { headers: { authorization } });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`others are answered with ${response.status}`);
    times.push(performance.now() - begun);
    await Bun.sleep(1);
  }
  times.sort((one, next) => one - next);
  const [median = 0, worst = 0] = [times[Math.floor(times.length / 2)], times.at(-1)];
  console.log(JSON.stringify({ count: times.length, median, worst } satisfies Waited));
}
