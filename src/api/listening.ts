import { AppError, systemErrorCode } from '../lib/errors.ts';
import type { PlacesOptions } from './front/places.ts';

/** What is shown to clients, and what is asked of them. */
export interface ServerTls {
  /** Certificate chain and private key in one PEM text. */
  readonly pem: string;
  /** PEM of the authorities, of which clients must show a certificate; without them none is asked for. */
  readonly clientAuthorities?: string | undefined;
}

export interface ListenOptions extends PlacesOptions {
  readonly address: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly tls?: ServerTls | undefined;
  /**
   * Whether the process has nearly all descriptors open that it may have. Undefined where looking now and then is not
   * enough, so that each connection has to be counted.
   */
  readonly runningOut?: (() => boolean) | undefined;
  /** For tests: milliseconds that a client gets for the TLS handshake. */
  readonly handshakeTimeout?: number;
}

export interface Listener {
  readonly url: string;
  /**
   * Shows another certificate on the connections to come, and asks for those of other authorities; the connections there
   * are stay as they are. Only where there is TLS already.
   *
   * @throws AppError `invalid_configuration`, and then everything stays as it was
   */
  readonly replaceTls: ((tls: ServerTls) => void) | undefined;
  /** Lets the requests under way finish. */
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
