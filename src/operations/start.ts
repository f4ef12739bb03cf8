import type { OperationRecord } from './fold.ts';
import type { Strategy } from './strategy.ts';

export interface StartRequest {
  kind: string;
  parameters: Record<string, unknown>;
  /** The cluster of the operation; empty when the target is an expression. */
  cluster: string;
  /** The target of the request. */
  target?: string;
  strategy: Partial<Strategy>;
  requestedBy: string;
  /** Wait for machines that another operation has, instead of being refused. */
  wait?: boolean;
  /** The server starts it by itself, and nobody asked for it. */
  automatic?: true;
  admit?: Admission;
}

/**
 * Decides whether an operation may be about these hosts, each given by its cluster, so many of them at once. Called
 * before anything is written.
 *
 * @throws AppError `forbidden`
 */
export type Admission = (clusters: readonly (string | undefined)[], atOnce: number) => void;

export interface Started {
  operation: OperationRecord;
  /** False when the same operation was running already and nothing was started. */
  fresh: boolean;
}
