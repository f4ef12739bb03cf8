import type { Observation } from '../../client/operations.ts';

/** How an operation under way is shown to whoever waits for it. */
export interface Progress {
  /** @throws the reason of the signal, when that is what ended it */
  show(observation: Observation, signal: AbortSignal): Promise<void>;
  /** Something about the connection, once. */
  note(text: string): Promise<void>;
  /** Takes away what is to be shown again, so that something else can be written. */
  clear(): Promise<void>;
  /** Leaves the terminal as it is to stay. May be called without anything shown. */
  end(): Promise<void>;
}
