/** How many descriptors each use may take, so that no use takes those of another. */
export interface DescriptorShares {
  /** Connections of clients over TCP. */
  readonly connections: number;
  /** SSH sessions. */
  readonly sessions: number;
}

/** Reserved for the store, files, the Unix socket, hooks and container managers: an idle server has about 15 open. */
const keptBack = { most: 128, least: 40 };

/** The shares of a process with this limit. Together with the reserve they never exceed it. */
export function shareDescriptors(limit: number): DescriptorShares {
  const kept = Math.max(keptBack.least, Math.min(keptBack.most, limit / 2));
  const half = Math.max(0, Math.floor((limit - kept) / 2));
  return { connections: half, sessions: half };
}
