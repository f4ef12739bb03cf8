import type { Observation } from '../../client/operations.ts';

/** How an operation under way is shown to whoever waits for it. */
export interface Progress {
  show(observation: Observation): Promise<void>;
  /** Something about the connection, once. */
  note(text: string): Promise<void>;
  /** Leaves the terminal as it is to stay. May be called without anything shown. */
  end(): Promise<void>;
}
