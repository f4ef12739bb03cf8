import type { LeftDown } from './budget.ts';
import type { HandshakeWindow } from './handshake-window.ts';
import type { HostError, HostState, Phase, WaitingFor } from './operation.ts';

/**
 * What is about to be done on a host, with what is needed to judge later whether it was done. Each kind has intents of
 * its own, told apart by `act`.
 */
export interface Intent {
  act: string;
  [member: string]: unknown;
}

/** How work on a host ended. */
export interface HostOutcome {
  state: Extract<HostState, 'succeeded' | 'failed' | 'unreachable' | 'skipped' | 'cancelled'>;
  exit_code: number | null;
  error: HostError | null;
}

/** One line of an operation's journal: a decision of the engine, an intent, or an outcome. Append-only. */
export type JournalEntry = { at: string } & (
  | { type: 'operation_started' }
  | { type: 'operation_resumed' }
  | { type: 'batch_opened'; batch: number; hosts: string[] }
  | { type: 'limit_reached'; reason: string }
  | { type: 'paused'; by: string; reason: string }
  /** Takes what has failed so far as known: the limits of a run that pauses at them count from here. */
  | { type: 'resumed'; by: string }
  | { type: 'waiting'; waiting_for: WaitingFor }
  | { type: 'waited' }
  | { type: 'promoted'; by: string }
  /** `now` when the machines in flight are not to be finished but ended. */
  | { type: 'cancel_requested'; by: string; now: boolean }
  | { type: 'host_started'; host: string }
  | { type: 'host_resumed'; host: string }
  | { type: 'host_phase'; host: string; phase: Phase }
  | { type: 'host_intent'; host: string; intent: Intent }
  /**
   * `untidy` when something has to be tidied up on the host that the outcome came from. `down` when it was left out of
   * reach or unhealthy; null when it had been, and is not any more.
   */
  | ({ type: 'host_ended'; host: string; untidy: boolean; down?: LeftDown['why'] | null } & HostOutcome)
  | { type: 'host_tidied'; host: string }
  | {
      type: 'operation_ended';
      status: 'finished' | 'failed' | 'cancelled';
      reason: string;
      handshake_window: HandshakeWindow | null;
    }
);

/** An entry before the journal puts the time on it. */
export type NewEntry = JournalEntry extends infer Entry ? (Entry extends unknown ? Omit<Entry, 'at'> : never) : never;
