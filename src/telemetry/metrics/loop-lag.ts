const periodMs = 1_000;

/** Reports once a second how late its timer was, in seconds, until disposed of. */
export function watchLoopLag(tell: (seconds: number) => void): Disposable {
  let due = performance.now() + periodMs;
  const timer = setInterval(() => {
    const now = performance.now();
    tell(Math.max(0, now - due) / 1000);
    due = now + periodMs;
  }, periodMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
