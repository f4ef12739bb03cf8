import { AppError, systemErrorCode } from '../lib/errors.ts';
import type { PlacesOptions } from './front/places.ts';

/** The server's certificate, and the CAs of client certificates. */
export interface ServerTls {
  /** Certificate chain and private key in one PEM text. */
  readonly pem: string;
  /**
   * CA certificates in PEM: a client must show a certificate that one of them signed; without them the server asks for
   * none.
   */
  readonly clientAuthorities?: string | undefined;
}

export interface ListenOptions extends PlacesOptions {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls?: ServerTls | undefined;
  /**
   * Whether the process has nearly used up its descriptors. Undefined where occasional checks are not enough, so that
   * each connection must be counted.
   */
  readonly runningOut?: (() => boolean) | undefined;
  /** For tests: milliseconds that a client gets for the TLS handshake. */
  readonly handshakeTimeout?: number;
}

/** Numbers of one listener. */
export interface ListenerLoad {
  /** Undefined where the listener does not count its connections. */
  readonly connections: number | undefined;
  readonly requests: number;
  readonly webSockets: number;
}

export interface Listener {
  readonly url: string;
  /**
   * Replaces the certificate and the CAs for new connections; existing connections keep theirs. Only available with
   * TLS.
   *
   * @throws AppError `invalid_configuration`, and then nothing changes
   */
  readonly replaceTls: ((tls: ServerTls) => void) | undefined;
  /** What the listener serves at the moment. */
  load(): ListenerLoad;
  /** Lets running requests finish. */
  stop(): Promise<void>;
}

export function urlOf({ address, tls }: ListenOptions, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `${tls === undefined ? 'http' : 'https'}://${host}:${port}`;
}

export function cannotListen({ address, port }: Pick<ListenOptions, 'address' | 'port'>, cause: unknown): AppError {
  const reason = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  return new AppError('invalid_configuration', `cannot listen on ${address} port ${port}: ${reason}`, {
    hint: 'choose another --listen-interface or --listen-port, or stop what uses this one',
    cause,
  });
}
