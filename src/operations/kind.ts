import type { TSchema } from '@sinclair/typebox';
import type { Clock } from '../lib/clock.ts';
import type { Lease } from '../ssh/pool.ts';
import type { Transaction } from '../store/contract.ts';
import type { HostOutcome, Intent } from './entry.ts';
import type { Phase } from './operation.ts';
import type { Strategy } from './strategy.ts';

/** What a step has at hand while it works on one host of an operation. */
export interface HostWork {
  readonly operation: string;
  readonly address: string;
  /** Names what the step runs on the machine: `OPERATION.STEP`. */
  readonly runId: string;
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
 * One of the steps of a kind on one machine. It knows nothing of batches, storage or other steps; what it throws becomes the
 * error of the host.
 */
export interface Step {
  /** Lower-case letters, digits and `-`; no other step of the kind has it. */
  readonly name: string;
  /** The `act` of the intents it writes down. A journal of an earlier build tells by it which step was under way. */
  readonly acts: readonly string[];
  /** Does the step. Before it changes anything on the machine it writes an intent down. */
  run(work: HostWork): Promise<HostOutcome>;
  /** Finds out what became of an intent after the server was gone, and completes the step from there. */
  judge(work: HostWork, intent: Intent): Promise<HostOutcome>;
  /**
   * Ends what an intent began and still runs on the host, and makes sure that it is gone. Called after `run` or `judge` has
   * thrown the reason of the signal, with a fresh signal. A step that must not be cut off does so only when `cancelled`.
   */
  end?(work: HostWork, intent: Intent, why: 'cancelled' | 'timed_out'): Promise<void>;
  /**
   * Takes back what the step changed, or began to change. Called when the host has failed or was cancelled, for the steps
   * that were begun, the last one first. A server that is gone in between is followed by one that calls it again: undoing
   * twice must be the same as undoing once.
   */
  undo?(work: HostWork): Promise<void>;
  /** Whether something of the intent is left on the host for `afterwards` once there is an outcome. Default: yes. */
  leavesBehind?(intent: Intent): boolean;
  /**
   * Tidies up on a host for which there was an intent, once the outcome is in the journal; the next server does it anew when
   * this one does not come to it. What it throws is only logged, and the outcome stands.
   */
  afterwards?(work: HostWork, outcome: Pick<HostOutcome, 'exit_code' | 'error'>): Promise<void>;
}

/** What can be done to machines: a list of steps, one after the other on each of them. */
export interface Kind {
  readonly name: string;
  /** Begun by the product itself and not to be asked for. */
  readonly internal?: boolean;
  /** Shape of the operation's parameters. */
  readonly parameters: TSchema;
  /** Whether a host may be down while it is worked on, so that budgets hold it up. Default: yes. */
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
  /** At least one. The same parameters give the same steps, at each server. */
  steps(parameters: Record<string, unknown>): readonly Step[];
}

/** Steps before and after those of a kind, such as draining a machine and giving its work back. */
export function withSteps(
  kind: Kind,
  { before = [], after = [] }: { before?: readonly Step[]; after?: readonly Step[] },
): Kind {
  return { ...kind, steps: (parameters) => [...before, ...kind.steps(parameters), ...after] };
}

export function succeeded(exitCode: number | null): HostOutcome {
  return { state: 'succeeded', exit_code: exitCode, error: null };
}

export function skipped(reason: string): HostOutcome {
  return { state: 'skipped', exit_code: null, error: { code: 'unsupported_host', message: reason } };
}
