/** Lifetimes of tokens in seconds. */
export const lifetimes = {
  /** From one renewal to the next. */
  session: { most: 3_600, otherwise: 600 },
  automation: { most: 366 * 24 * 3_600 },
  registration: { most: 30 * 24 * 3_600 },
} as const;

/** Seconds from the login after which a session cannot be renewed any more. */
export const longestSession = 12 * 3_600;

/** The time a number of seconds after another, rounded up to a whole second, as in claims (RFC 7519, 2). */
export function after(from: number, seconds: number): Date {
  return new Date(Math.ceil((from + seconds * 1000) / 1000) * 1000);
}

/** The earlier of two timestamps, which sort as text. */
export function earlier(one: string, other: string): string {
  return one < other ? one : other;
}
