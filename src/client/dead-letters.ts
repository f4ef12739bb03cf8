import type { DeadLetter } from '../hooks/dead-letters.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

/** The routes of dead letters: those of one hook, or all. */
export function deadLetters(transport: Transport) {
  return {
    /** Oldest first. */
    list: (hook?: string, signal?: AbortSignal) =>
      transport.list<DeadLetter>({ method: 'GET', path: path`/hooks/dead-letters`, query: { hook }, signal }),

    clear: (hook?: string, signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/hooks/dead-letters`, query: { hook }, signal }),
  };
}
