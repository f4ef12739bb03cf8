import type { StoredEvent } from '../store/contract.ts';

/** The outcome of one attempt to deliver an event. */
export type Outcome = { kind: 'done' } | { kind: 'failed'; reason: string; mayHelpToRetry: boolean };

/** Delivers an event. Throws only the reason of the signal when that fires. */
export type Delivery = (event: StoredEvent, signal: AbortSignal) => Promise<Outcome>;
