import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { ProxyFor } from '../../lib/proxies.ts';
import type { Authenticator } from '../authenticator.ts';
import type { PluginOptions } from './plugin-options.ts';

/** What authenticators need from outside. */
export interface AuthenticationSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (length: number) => Uint8Array;
  /** The PEM file of the CAs that client certificates are verified with. */
  readonly clientAuthorities?: string | undefined;
  /** Fires when the server is asked to stop while authenticators are made. */
  readonly stopping?: AbortSignal;
  /** How remote services are reached; directly when left out. */
  readonly proxyFor?: ProxyFor;
  /** For tests: how long a remote service may take to answer. */
  readonly deadlineMs?: number;
}

/** A kind of authenticator that a configuration can name: the options it knows, and how it is made from them. */
export interface AuthenticatorKind {
  readonly name: string;
  /** Spelled with underscores, as the plugins of the original spell theirs. */
  readonly options: readonly string[];
  /**
   * Whether callers without a role binding may do everything, as in the original, unless `default-role` says otherwise.
   * Where every member of a company can authenticate, that would be too many.
   */
  readonly trustsUnbound: boolean;
  /** @throws AppError `invalid_configuration` */
  make(options: PluginOptions, surroundings: AuthenticationSurroundings): Authenticator | Promise<Authenticator>;
}
