import type { KeepRules } from '../../../lib/keep-rules.ts';

/** A backup to copy. */
export interface CopiedFile {
  readonly name: string;
  /** The file on this machine. */
  readonly path: string;
  readonly size: number;
  /** SHA-256 of the whole file, in hex. */
  readonly sha256: string;
}

/** Another place that backups are copied to. */
export interface Target {
  readonly name: string;
  /**
   * Copies a backup, completely or not at all, and verifies its size and digest there, where the place can tell. A file of that
   * name with that content is left as it is.
   *
   * @throws AppError `backup_not_copied`; the reason of the signal
   */
  copy(file: CopiedFile, signal: AbortSignal): Promise<void>;
  /** Removes old backups of this server. @throws AppError `backup_not_copied` */
  prune?(host: string, rules: KeepRules, signal: AbortSignal): Promise<void>;
}
