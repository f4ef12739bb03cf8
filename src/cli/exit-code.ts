/** What the process ends with. `docs/commctl.md` has the same table for people. */
export const exitCode = {
  done: 0,
  /** The server said no, or an operation failed without a host that failed. */
  failed: 1,
  usage: 2,
  /** An operation ended with hosts that failed or were unreachable. */
  hostsFailed: 3,
  /** 401 or 403. */
  refused: 4,
  noServer: 5,
  /** 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const;
