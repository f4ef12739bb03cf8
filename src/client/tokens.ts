import type { MintedToken } from '../api/tokens.ts';
import type { Token, TokenKind } from '../auth/tokens/token.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

export interface NewToken {
  /** Default: a session. */
  kind?: TokenKind | undefined;
  /** Seconds; default for a session: 600. */
  lifetime?: number | undefined;
  note?: string | undefined;
  /** When left out: all roles of the caller. */
  roles?: readonly string[] | undefined;
  /** Only in these clusters; `*` matches any characters. */
  clusters?: readonly string[] | undefined;
  /**
   * The number of hosts that one operation may be about; for a registration token the number of machines that may
   * register.
   */
  max_hosts?: number | undefined;
  max_percent?: number | undefined;
  /** The number of hosts that one operation may have in flight at the same time. */
  max_at_once?: number | undefined;
  /** For a registration token: the cluster in which machines may register. */
  cluster?: string | undefined;
}

export type { MintedToken } from '../api/tokens.ts';

/** The routes of tokens. */
export function tokens(transport: Transport) {
  return {
    list: (signal?: AbortSignal) => transport.list<Token>({ method: 'GET', path: path`/tokens`, signal }),

    /** The tokens that match a query, and their number. */
    page: (query: ListQuery, signal?: AbortSignal) => page<Token>(transport, path`/tokens`, query, signal),

    /** Not sent again when its outcome is unknown: there could then be two tokens. */
    mint: (body: NewToken, signal?: AbortSignal) =>
      transport.object<MintedToken>({ method: 'POST', path: path`/tokens`, body, signal }),

    get: (id: string, signal?: AbortSignal) =>
      transport.object<Token>({ method: 'GET', path: path`/token/${id}`, signal }),

    /** Revokes the token, and all tokens minted with it, at once. */
    revoke: (id: string, signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/token/${id}`, signal }),

    /** Revokes all tokens of an owner. */
    revokeAll: (owner: string, signal?: AbortSignal) =>
      transport.object<{ owner: string; revoked: number }>({
        method: 'DELETE',
        path: path`/tokens`,
        query: { owner },
        signal,
      }),

    /** The token of this client. @throws ProblemError `token_not_found` when it uses other credentials */
    current: (signal?: AbortSignal) => transport.object<Token>({ method: 'GET', path: path`/tokens/current`, signal }),

    revokeCurrent: (signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/tokens/current`, signal }),

    /** Renews the session of this client. */
    renew: (lifetime?: number, signal?: AbortSignal) =>
      transport.object<MintedToken>({
        method: 'POST',
        path: path`/tokens/current/renew`,
        body: { lifetime },
        idempotent: true,
        signal,
      }),

    rotateKeys: (signal?: AbortSignal) =>
      transport.object<{ key: string; retired: string[] }>({ method: 'POST', path: path`/token-keys/rotate`, signal }),
  };
}
