import type { Duplex } from 'node:stream';

/** The address of a machine and the user to log in as. */
export interface Target {
  /** Canonical address. */
  address: string;
  port: number;
  user: string;
  /** The private key file, base64. */
  privateKey: string;
  /** The jump hosts, in the order in which the connection goes through them. */
  jump?: readonly Target[];
}

export interface ExecOptions {
  /** Milliseconds the command may take from the moment its channel is open. */
  deadlineMs: number;
  signal?: AbortSignal;
  /**
   * Written to the command's standard input, which is then closed. A stream is read as fast as the machine takes it; an
   * error of the stream ends the command.
   */
  stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Run as root: by `sudo -n` when the remote user is not root. */
  privileged?: boolean;
  /**
   * Receives the output as it arrives; while a returned promise is pending, nothing is read from the machine. Without
   * it the result contains the output.
   */
  onOutput?: (chunk: Uint8Array, from: 'stdout' | 'stderr') => Promise<void> | void;
  /** The most bytes of each stream to collect, default 1 MiB; later bytes are read and dropped. */
  maxCollected?: number;
}

export interface ExecResult {
  /** Null when a signal ended the command. */
  exitCode: number | null;
  exitSignal: string | null;
  stdout: string;
  stderr: string;
  /** True when the output was longer than what was collected. */
  truncated: boolean;
}

/** One logged-in connection to a machine. */
export interface Session {
  readonly target: Target;
  /** Fingerprint of the host key the machine showed. */
  readonly hostKey: string;
  /**
   * Runs a POSIX shell command. Resolves with whatever exit code it had.
   *
   * @throws AppError `connection_lost` when the connection ended before the command did, `timed_out` at the deadline,
   *   `sudo_refused` when it should run as root and may not, `command_failed` when the machine refused the channel or ran
   *   something else in place of the command
   */
  exec(command: string, options: ExecOptions): Promise<ExecResult>;
  /** Writes a file as root, completely or not at all. `mode` is octal, such as `0600`. */
  put(path: string, content: string | Uint8Array, options: { mode: string; signal?: AbortSignal }): Promise<void>;
  /**
   * A connection that the machine makes to another one, whose address is resolved there.
   *
   * @throws AppError `unreachable` when the machine cannot connect, `connection_lost`
   */
  forward(to: Target): Promise<Duplex>;
  close(): void;
  /** Fires when the connection has ended, for whatever reason. */
  readonly closed: AbortSignal;
}
