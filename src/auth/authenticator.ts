import type { Grant } from './grant.ts';
import type { TokenKind } from './tokens/token.ts';
import type { Transport } from './transport.ts';

/** The parts of an HTTP request that identify the caller. */
export interface AuthenticationRequest {
  readonly headers: Headers;
  readonly method: string;
  /** The path of the URL as it arrived, without the query. */
  readonly path: string;
  /** The address of the peer; undefined on a listener that does not know it. */
  readonly peer: string | undefined;
  /** The transport of the request, with the client certificate if there is one. */
  readonly transport: Transport;
}

/** The identity of a caller. */
export interface Identity {
  /** Unique: of two methods that may both know an `alice`, one adds a prefix, `keystone:alice`. */
  readonly name: string;
  /** The authenticator that identified the caller, such as `httpbasicauth`. */
  readonly method: string;
  /** What roles are bound to: `user:alice`, `group:ops`, `certificate:jump1`, `claim:team=web`. */
  readonly subjects: readonly string[];
  /** Fixed grants of the caller, used instead of role bindings. */
  readonly grants?: readonly Grant[];
  /** The token of the caller: its grants limit what the caller may do. */
  readonly token?: PresentedToken;
}

/** A token that this server has minted. */
export interface PresentedToken {
  readonly id: string;
  readonly kind: TokenKind;
  readonly grants: readonly Grant[];
}

/** Credentials were presented and are wrong. */
export interface Refusal {
  /** The reason, for the log alone: a caller must not learn whether the user exists. Never holds a secret. */
  readonly refused: string;
  /** The name that the credentials claim, where they have one: attempts are counted by it. */
  readonly claimed?: string;
  /** Of a token, what its holder may learn, after "the token": `was revoked`. */
  readonly told?: string;
}

/** Two authenticators with the same prefix must take the names after it from the same source. */
export interface NameSource {
  readonly prefix: string;
  /** The source of the names: an issuer, a server. */
  readonly of: string;
}

/**
 * One way to identify a caller.
 *
 * `pass` means that the request carries nothing this authenticator understands, so that another may try. A `Response` is
 * the answer to the request, which then goes no further (contract 9.1).
 */
export interface Authenticator {
  readonly name: string;
  /** The credentials it accepts, in words: `a user name and password (HTTP Basic)`. */
  readonly asksFor: string;
  /** Its `WWW-Authenticate` challenge (RFC 9110, 11.6.1), where the method has one. */
  readonly challenge: string | undefined;
  /** Set where the credentials can be guessed, or are costly to verify: then attempts are limited. */
  readonly guessable?: Guessable;
  /** The source of its names, if it adds a prefix to them. */
  readonly names?: NameSource;
  authenticate(request: AuthenticationRequest): Promise<Identity | 'pass' | Refusal | Response>;
}

/** What is known of credentials before they are verified. */
export interface Guessable {
  /** The name that they claim; undefined when there are none for this authenticator, or none that can be verified. */
  claimed(request: AuthenticationRequest): string | undefined;
  /**
   * The recent result for the same credentials, or the coming one while they are being verified; undefined, without a
   * promise, when there is neither.
   */
  recall(request: AuthenticationRequest): Identity | Refusal | Promise<Identity | Refusal> | undefined;
}
