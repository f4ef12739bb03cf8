import type { StoredEvent } from '../store/contract.ts';

/** What became of one attempt to hand over an event. */
export type Outcome = { kind: 'done' } | { kind: 'failed'; reason: string; mayHelpToRetry: boolean };

/** Hands over an event. Never throws, but with the reason of the signal when that fires. */
export type Delivery = (event: StoredEvent, signal: AbortSignal) => Promise<Outcome>;
