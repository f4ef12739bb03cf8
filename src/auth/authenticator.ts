import type { Grant } from './grant.ts';
import type { TokenKind } from './tokens/token.ts';
import type { Transport } from './transport.ts';

/** What of an HTTP request tells who is calling. */
export interface AuthenticationRequest {
  readonly headers: Headers;
  readonly method: string;
  /** The path of the URL as it arrived, without the query. */
  readonly path: string;
  /** The address of the peer; unknown on a listener that cannot tell. */
  readonly peer: string | undefined;
  /** What the request came over, with the certificate of the client where it showed one. */
  readonly transport: Transport;
}

/** Who is calling. */
export interface Identity {
  /** Nobody else's: of two methods that both may know an `alice`, one puts itself in front, `keystone:alice`. */
  readonly name: string;
  /** The authenticator that vouches, such as `httpbasicauth`. */
  readonly method: string;
  /** What roles are bound to: `user:alice`, `group:ops`, `certificate:jump1`, `claim:team=web`. */
  readonly subjects: readonly string[];
  /** What the caller may whatever the bindings say, instead of what they say. */
  readonly grants?: readonly Grant[];
  /** The token the caller came with: nothing is allowed that does not also stand in its grants. */
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
  /** Why, for the log alone: a caller must not learn whether the user exists. Never holds a secret. */
  readonly refused: string;
  /** Whom the credentials claim to be, where they say so: attempts are counted by it. */
  readonly claimed?: string;
}

/** Two authenticators with the same prefix must have the names of the same people behind it. */
export interface NameSource {
  readonly prefix: string;
  /** What knows these people: an issuer, a server. */
  readonly of: string;
}

/**
 * One way to find out who is calling.
 *
 * `pass` means that the request carries nothing this authenticator understands, so that another may try. A `Response` is
 * the answer to the request, which then goes no further (contract 9.1).
 */
export interface Authenticator {
  readonly name: string;
  /** What it asks callers for, in words: `a user name and password (HTTP Basic)`. */
  readonly asksFor: string;
  /** Its `WWW-Authenticate` challenge (RFC 9110, 11.6.1), where the method has one. */
  readonly challenge: string | undefined;
  /** Where the credentials can be guessed, or cost something to verify: then attempts are limited. */
  readonly guessable?: Guessable;
  /** Where its names are from, if it puts a prefix in front of them. */
  readonly names?: NameSource;
  authenticate(request: AuthenticationRequest): Promise<Identity | 'pass' | Refusal | Response>;
}

/** What can be said of credentials before they are verified. */
export interface Guessable {
  /** Whom they claim to be; undefined when there are none for this authenticator, or none that could be verified. */
  claimed(request: AuthenticationRequest): string | undefined;
  /**
   * What came of the same credentials a moment ago, or will come of them when they are being verified just now; undefined
   * when neither is so, and then at once.
   */
  recall(request: AuthenticationRequest): Identity | Refusal | Promise<Identity | Refusal> | undefined;
}
