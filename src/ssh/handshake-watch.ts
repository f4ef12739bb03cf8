import type { ConnectPhase } from './deadlines.ts';
import type { Target } from './session.ts';

/** Sees one handshake. It must be quick, and never throw. */
export interface HandshakeWatch {
  /** The handshake reached another phase; it begins in `tcp`. A second attempt with another host key begins again. */
  phase(phase: ConnectPhase): void;
  /** The handshake ended with a session, or with the error. */
  end(error?: unknown): void;
}

/** Called when a handshake begins, after it waited for its turn. */
export type WatchHandshake = (target: Target) => HandshakeWatch;
