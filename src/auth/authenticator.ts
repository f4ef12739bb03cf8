/** What of an HTTP request tells who is calling. */
export interface AuthenticationRequest {
  readonly headers: Headers;
  readonly method: string;
  /** The path of the URL as it arrived, without the query. */
  readonly path: string;
  /** The address of the peer; unknown on a listener that cannot tell. */
  readonly peer: string | undefined;
}

/** Who is calling. */
export interface Identity {
  readonly name: string;
  /** The authenticator that vouches, such as `httpbasicauth`. */
  readonly method: string;
  readonly roles: readonly string[];
}

/** Credentials were presented and are wrong. */
export interface Refusal {
  /** Why, for the log alone: a caller must not learn whether the user exists. Never holds a secret. */
  readonly refused: string;
}

/**
 * One way to find out who is calling.
 *
 * `pass` means that the request carries nothing this authenticator understands, so that another may try.
 */
export interface Authenticator {
  readonly name: string;
  /** What it asks callers for, in words: `a user name and password (HTTP Basic)`. */
  readonly asksFor: string;
  /** Its `WWW-Authenticate` challenge (RFC 9110, 11.6.1), where the method has one. */
  readonly challenge: string | undefined;
  authenticate(request: AuthenticationRequest): Promise<Identity | 'pass' | Refusal>;
}
