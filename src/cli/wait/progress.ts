import type { Observation } from '../../client/operations.ts';

/** Shows a running operation to the person who waits for it. */
export interface Progress {
  /** @throws the reason of the signal, when it fires */
  show(observation: Observation, signal: AbortSignal): Promise<void>;
  /** Shows a note about the connection, once. */
  note(text: string): Promise<void>;
  /** Removes what will be redrawn, so that something else can be written. */
  clear(): Promise<void>;
  /** Leaves the terminal in its final state. May be called when nothing is shown. */
  end(): Promise<void>;
}
