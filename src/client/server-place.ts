/** Where requests to an endpoint go. */
export interface ServerPlace {
  /** The beginning of every URL. */
  readonly base: string;
  /** The socket to open instead of what the URL says. */
  readonly unix?: string;
}

/** @param endpoint a base URL, or `unix:` with an absolute path behind it */
export function placeOf(endpoint: string): ServerPlace {
  const unix = socketOf(endpoint);
  return unix === undefined ? { base: endpoint } : { base: 'http://localhost', unix };
}

/** The path of the Unix socket that an endpoint names; undefined for any other. */
export function socketOf(endpoint: string): string | undefined {
  return /^unix:(?:\/\/)?(\/.+)$/s.exec(endpoint)?.[1];
}
