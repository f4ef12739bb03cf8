export const dayMs = 86_400_000;

/** Time as an argument, so that a test can drive it. Deadlines use the monotonic part, records the calendar part. */
export interface Clock {
  now(): Date;
  /** Milliseconds that never jump. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

/** `YYYY-MM-DDTHH:MM:SS.ffffff`, UTC without a zone: the form of every timestamp in a record (contract 2.1). */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, -1)}000`;
}

/** The instant a record's timestamp names, in milliseconds since the epoch. */
export function parseTimestamp(text: string): number {
  return Date.parse(`${text}Z`);
}
