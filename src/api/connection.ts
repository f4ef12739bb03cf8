import type { Transport } from '../auth/transport.ts';
import { AppError } from '../lib/errors.ts';

/** What a route that goes on answering may do with the connection of its request. */
export interface Connection {
  /** What the request came over. */
  readonly transport: Transport;
  /**
   * Fires when the server is to stop, or the caller's token ends: what is still being answered has to come to an end. In the
   * second case the reason is an AppError.
   */
  readonly stopping: AbortSignal;
  /** Seconds without a byte after which the connection is closed from now on; 0 for never. */
  idleTimeout(seconds: number): void;
  /** Makes a WebSocket of it (RFC 6455). False when the request is no proper handshake. */
  upgrade(socket: SocketHandler): boolean;
}

/** A WebSocket as the server sees it. */
export interface Socket {
  /** Bytes sent; -1 when the connection is full, and `drain` will follow; 0 when it is gone. */
  send(message: string): number;
  close(code: number, reason: string): void;
  terminate(): void;
}

export interface SocketHandler {
  open(socket: Socket): void;
  /** There is room again. */
  drain(): void;
  close(): void;
}

/** For requests that came over no connection: nothing ever stops, and nothing can be upgraded. */
export const noConnection: Connection = {
  transport: { kind: 'plain' },
  stopping: new AbortController().signal,
  idleTimeout: () => {},
  upgrade: () => false,
};

/** Why what goes on being answered has to come to an end. */
export interface Ending {
  readonly cause: 'stopping' | 'not_allowed' | 'too_slow';
  /** For whoever it is answered to. */
  readonly reason: string;
}

/** Of one whose `stopping` has fired. */
export function endingOf({ stopping: { reason } }: Connection): Ending {
  if (reason instanceof AppError) return { cause: 'not_allowed', reason: reason.message };
  return { cause: 'stopping', reason: 'the server is stopping' };
}
