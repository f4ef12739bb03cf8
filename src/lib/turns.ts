/** A lock per key with one owner at a time; waiters get it in the order in which they came. */
export class Turns {
  /** For each key, resolves when the last waiter in its queue has released it. */
  readonly #last = new Map<string, Promise<void>>();

  /** Waits for the turn of all the keys at once, so that two waiters for the same keys never wait for each other. */
  async take(keys: readonly string[], signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    const mine = Promise.withResolvers<void>();
    const before = Promise.all(keys.map((key) => this.#last.get(key)));
    for (const key of keys) this.#last.set(key, mine.promise);
    const leave = () => {
      mine.resolve();
      for (const key of keys) if (this.#last.get(key) === mine.promise) this.#last.delete(key);
    };
    if (await isFirst(before, signal)) return { [Symbol.dispose]: leave };
    // A waiter that gives up leaves the queue order of the others unchanged.
    before.then(leave, leave);
    throw signal?.reason;
  }
}

/** False when the signal fires. */
function isFirst(before: Promise<unknown>, signal: AbortSignal | undefined): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onAbort = () => resolve(false);
  signal?.addEventListener('abort', onAbort, { once: true });
  before.then(
    () => resolve(true),
    () => resolve(true),
  );
  return promise.finally(() => signal?.removeEventListener('abort', onAbort));
}
