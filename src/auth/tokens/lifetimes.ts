/** Seconds that a token may live. */
export const lifetimes = {
  /** From one renewal to the next. */
  session: { most: 3_600, otherwise: 600 },
  automation: { most: 366 * 24 * 3_600 },
  registration: { most: 30 * 24 * 3_600 },
} as const;

/** Seconds from the login after which a session cannot be renewed any more. */
export const longestSession = 12 * 3_600;

/** The instant so many seconds from another, on a whole second, as claims have them (RFC 7519, 2). */
export function after(from: number, seconds: number): Date {
  return new Date(Math.ceil((from + seconds * 1000) / 1000) * 1000);
}

/** The earlier of two timestamps, which sort as text. */
export function earlier(one: string, other: string): string {
  return one < other ? one : other;
}
