import type { Reader } from '../store/contract.ts';

/** A change that takes hosts, or a cluster, away from work on them. */
export interface TakingAway {
  /** What the change is about to do, for messages: `delete the host 192.0.2.11`. */
  readonly attempt: string;
  readonly cluster?: string;
  /** Addresses. */
  readonly hosts: readonly string[];
}

/** Refuses a change, in its transaction, while something works on what it takes away. */
export type WorkCheck = (reader: Pick<Reader, 'get'>, change: TakingAway) => Promise<void>;

/** For changes that are made in any case. */
export const whateverRuns: WorkCheck = async () => undefined;
