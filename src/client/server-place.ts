/** The destination of requests to an endpoint. */
export interface ServerPlace {
  /** The prefix of every URL. */
  readonly base: string;
  /** The socket to connect to, instead of the host in the URL. */
  readonly unix?: string;
}

/** @param endpoint a base URL, or `unix:` followed by an absolute path */
export function placeOf(endpoint: string): ServerPlace {
  const unix = socketOf(endpoint);
  return unix === undefined ? { base: endpoint } : { base: 'http://localhost', unix };
}

/** The path of the Unix socket in an endpoint; undefined for any other endpoint. */
export function socketOf(endpoint: string): string | undefined {
  return /^unix:(?:\/\/)?(\/.+)$/s.exec(endpoint)?.[1];
}
