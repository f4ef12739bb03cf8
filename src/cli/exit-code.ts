/** The exit codes of the process. `docs/commctl.md` has the same table for people. */
export const exitCode = {
  done: 0,
  /** The server refused, or an operation failed without a failed host. */
  failed: 1,
  usage: 2,
  /** An operation ended with failed or unreachable hosts. */
  hostsFailed: 3,
  /** 401 or 403. */
  refused: 4,
  noServer: 5,
  /** The command stopped waiting, as `timeout` of coreutils says it. What it waited for goes on. */
  timedOut: 124,
  /** 128 + SIGINT, as in shells. */
  interrupted: 130,
} as const;
