import type { TSchema } from '@sinclair/typebox';
import type { Clock } from '../lib/clock.ts';
import type { Lease } from '../ssh/pool.ts';
import type { Transaction } from '../store/contract.ts';
import type { HostOutcome, Intent } from './entry.ts';
import type { Phase } from './operation.ts';
import type { Strategy } from './strategy.ts';

/** What a kind has at hand while it works on one host of an operation. */
export interface HostWork {
  readonly operation: string;
  readonly address: string;
  readonly clock: Clock;
  readonly strategy: Strategy;
  /**
   * Fires when the server stops, when the host is to be left by cancellation, or when its time is up. Whatever it was:
   * stop waiting and throw its reason.
   */
  readonly signal: AbortSignal;
  /** Bytes of this host's output in the journal. */
  outputBytes(): number;
  phase(phase: Phase): Promise<void>;
  /** Resolves when the intent is on disk, with the phase the act is; only then may the act follow. */
  intend(intent: Intent, phase?: Phase): Promise<void>;
  output(chunk: Uint8Array): Promise<void>;
  /** A session for now, an open one where there is one. */
  session(): Promise<Lease>;
  /** Drops open sessions to the host: the next one is a new connection. */
  dropSessions(): void;
}

/**
 * What can be done to a machine. A kind knows nothing of batches or storage; what it throws becomes the host's error.
 */
export interface Kind {
  readonly name: string;
  /** Begun by the product itself and not to be asked for. */
  readonly internal?: boolean;
  /** Shape of the operation's parameters. */
  readonly parameters: TSchema;
  /** Whether a host may be down while it is worked on, so that budgets hold it up. Yes, unless it says no. */
  disrupts?(parameters: Record<string, unknown>): boolean;
  /** What the parameters refer to outside of them, fixed when an operation begins: the parameters as they are kept. */
  freeze?(parameters: Record<string, unknown>): Promise<Record<string, unknown>>;
  /**
   * Called in the transaction that writes an operation down: what its parameters refer to is kept until `letGo`.
   *
   * @throws AppError when it is not there any more
   */
  hold?(tx: Transaction, parameters: Record<string, unknown>): Promise<void>;
  /** Called in the transaction that removes the operation. */
  letGo?(tx: Transaction, parameters: Record<string, unknown>): Promise<void>;
  run(work: HostWork, parameters: Record<string, unknown>): Promise<HostOutcome>;
  /** Finds out what became of an intent after the server was gone, and goes on from there. */
  judge(work: HostWork, parameters: Record<string, unknown>, intent: Intent): Promise<HostOutcome>;
  /**
   * Ends what an intent began and still runs on the host, and makes sure that it is gone. Called after `run` or `judge`
   * has thrown the signal's reason, with a fresh signal. A kind that must not be cut off does so only when `cancelled`.
   */
  end?(work: HostWork, intent: Intent, why: 'cancelled' | 'timed_out'): Promise<void>;
  /** Whether something of the intent is left on the host for `afterwards` once there is an outcome. Yes, unless it says no. */
  leavesBehind?(intent: Intent): boolean;
  /**
   * Tidies up on a host for which there was an intent, once the outcome is in the journal; done anew by the next server
   * when this one does not come to it. What it throws is only logged, and the outcome stands.
   */
  afterwards?(work: HostWork, outcome: Pick<HostOutcome, 'exit_code' | 'error'>): Promise<void>;
}

export function succeeded(exitCode: number | null): HostOutcome {
  return { state: 'succeeded', exit_code: exitCode, error: null };
}

export function skipped(reason: string): HostOutcome {
  return { state: 'skipped', exit_code: null, error: { code: 'unsupported_host', message: reason } };
}
