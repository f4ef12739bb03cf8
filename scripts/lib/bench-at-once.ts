/** Does the work for each item, at most `limit` at a time. Rejects with the first failure. */
export async function forEachAtOnce<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: limit }, async () => {
      // All workers share one iterator: each takes the next item.
      for (const item of left) await work(item);
    }),
  );
}
