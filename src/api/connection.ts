import type { Transport } from '../auth/transport.ts';
import { AppError } from '../lib/errors.ts';

/** What a route with a long answer may do with the connection of its request. */
export interface Connection {
  /** The transport of the request. */
  readonly transport: Transport;
  /**
   * Fires when the server stops, or the caller's token ends: every long answer must then end. In the second case the
   * reason is an AppError.
   */
  readonly stopping: AbortSignal;
  /** Sets the seconds without a byte after which the connection is closed; 0 for never. */
  idleTimeout(seconds: number): void;
  /** Turns the connection into a WebSocket (RFC 6455). False when the request is no valid handshake. */
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
  /** There is room to send again. */
  drain(): void;
  close(): void;
}

/** For requests without a connection: nothing ever stops, and nothing can be upgraded. */
export const noConnection: Connection = {
  transport: { kind: 'plain' },
  stopping: new AbortController().signal,
  idleTimeout: () => {},
  upgrade: () => false,
};

/** Why a long answer must end. */
export interface Ending {
  readonly cause: 'stopping' | 'not_allowed' | 'too_slow';
  /** The reason for the client. */
  readonly reason: string;
}

/** The ending of a connection whose `stopping` has fired. */
export function endingOf({ stopping: { reason } }: Connection): Ending {
  if (reason instanceof AppError) return { cause: 'not_allowed', reason: reason.message };
  return { cause: 'stopping', reason: 'the server is stopping' };
}
