/** How many descriptors each use may take, so that none takes those of another. */
export interface DescriptorShares {
  /** Connections of clients over TCP. */
  readonly connections: number;
  /** SSH sessions. */
  readonly sessions: number;
}

/** Kept for the store, files, the Unix socket, hooks and container managers: a server at rest has some 15 open. */
const keptBack = { most: 128, least: 40 };

/** The shares of a process that may have so many descriptors. Together with what is kept back they are never more. */
export function shareDescriptors(limit: number): DescriptorShares {
  const kept = Math.max(keptBack.least, Math.min(keptBack.most, limit / 2));
  const half = Math.max(0, Math.floor((limit - kept) / 2));
  return { connections: half, sessions: half };
}
