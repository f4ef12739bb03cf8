import type { TSchema } from '@sinclair/typebox';
import type { Clock } from '../lib/clock.ts';
import type { Lease } from '../ssh/pool.ts';
import type { Transaction } from '../store/contract.ts';
import type { HostOutcome, Intent } from './entry.ts';
import type { Phase } from './operation.ts';
import type { SpecificMember, Strategy } from './strategy.ts';

/** What a step can use while it works on one host of an operation. */
export interface HostWork {
  readonly operation: string;
  /** How a message names the operation: its number. */
  readonly reference: string;
  readonly address: string;
  /** Names what the step runs on the machine: `OPERATION.STEP`. */
  readonly runId: string;
  readonly clock: Clock;
  readonly strategy: Strategy;
  /** Seconds that the machine may take to come back from a reboot; the same on each server. */
  readonly rebootTimeout: number;
  /**
   * Fires when the server stops, when a cancellation ends the host, or when its timeout is over. In each case: stop
   * waiting and throw its reason.
   */
  readonly signal: AbortSignal;
  /** Bytes of this host's output in the journal. */
  outputBytes(): number;
  phase(phase: Phase): Promise<void>;
  /** Resolves when the intent is on disk, with the phase of the act; only then may the act follow. */
  intend(intent: Intent, phase?: Phase): Promise<void>;
  output(chunk: Uint8Array): Promise<void>;
  /** Lends a session: an open one where there is one. */
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
  /** The `act` of the intents that it writes. In a journal of an earlier build it says which step was current. */
  readonly acts: readonly string[];
  /** Does the step. It writes an intent before it changes anything on the machine. */
  run(work: HostWork): Promise<HostOutcome>;
  /** Finds out the outcome of an intent after the server was gone, and completes the step from there. */
  judge(work: HostWork, intent: Intent): Promise<HostOutcome>;
  /**
   * Ends what an intent started and still runs on the host, and makes sure that it is gone. Called after `run` or
   * `judge` has thrown the reason of the signal, with a fresh signal. A step that must not be interrupted ends it only
   * when `cancelled`.
   */
  end?(work: HostWork, intent: Intent, why: 'cancelled' | 'timed_out'): Promise<void>;
  /**
   * Undoes what the step changed, or started to change. Called when the host has failed or was cancelled, for the steps
   * that were started, the last one first. When the server stops in between, the next one calls it again: undoing twice
   * must have the same effect as undoing once.
   */
  undo?(work: HostWork): Promise<void>;
  /** Whether the outcome is lost when the server stops meanwhile. A server that stops waits for it. Default: no. */
  readonly dependsOnServer?: boolean;
  /** Whether the intent leaves something on the host for `afterwards` once there is an outcome. Default: yes. */
  leavesBehind?(intent: Intent): boolean;
  /**
   * Tidies up on a host that had an intent, once the outcome is in the journal. The next server does it when this one
   * does not get to it. What it throws is only logged; the outcome stands.
   */
  afterwards?(work: HostWork, outcome: Pick<HostOutcome, 'exit_code' | 'error'>): Promise<void>;
}

/** What can be done to machines: a list of steps, one after the other on each machine. */
export interface Kind {
  readonly name: string;
  /** Started only by the product itself; a request cannot name it. */
  readonly internal?: boolean;
  /** Shape of the operation's parameters. */
  readonly parameters: TSchema;
  /** Whether a host may be down while the operation works on it, so that budgets apply. Default: yes. */
  disrupts?(parameters: Record<string, unknown>): boolean;
  /**
   * Whether the operation may take a host away for a while, so that the hosts behind it cannot be reached. Default: yes.
   */
  takesAway?(strategy: Pick<Strategy, 'reboot'>): boolean;
  /** The members of a strategy that only some kinds use and that this one uses. Default: none of them. */
  readonly uses?: readonly SpecificMember[];
  /** When the operation reboots a host. Default: never. */
  reboots?(strategy: Pick<Strategy, 'reboot'>): Strategy['reboot'];
  /** Fixes what the parameters refer to when an operation starts, and returns the parameters to store. */
  freeze?(parameters: Record<string, unknown>): Promise<Record<string, unknown>>;
  /**
   * Called in the transaction that stores an operation: what its parameters refer to is kept until `letGo`.
   *
   * @throws AppError when it does not exist any more
   */
  hold?(tx: Transaction, parameters: Record<string, unknown>): Promise<void>;
  /** Called in the transaction that removes the operation. */
  letGo?(tx: Transaction, parameters: Record<string, unknown>): Promise<void>;
  /** At least one. The same parameters give the same steps on each server. */
  steps(parameters: Record<string, unknown>): readonly Step[];
}

/** Adds steps before and after those of a kind, such as draining a machine and giving its work back. */
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
