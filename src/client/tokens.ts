import type { MintedToken } from '../api/tokens.ts';
import type { Token, TokenKind } from '../auth/tokens/token.ts';
import { type ListQuery, page } from './page.ts';
import { path } from './path.ts';
import type { Transport } from './transport.ts';

export interface NewToken {
  /** A session unless given. */
  kind?: TokenKind | undefined;
  /** Seconds; of a session 600 unless given. */
  lifetime?: number | undefined;
  note?: string | undefined;
  /** Left out: all that the caller may. */
  roles?: readonly string[] | undefined;
  /** Only in these; `*` stands for any letters. */
  clusters?: readonly string[] | undefined;
  /** How many hosts one operation may be about; of a registration token how many machines may register. */
  max_hosts?: number | undefined;
  max_percent?: number | undefined;
  /** Of a registration token: where machines may register. */
  cluster?: string | undefined;
}

export type { MintedToken } from '../api/tokens.ts';

/** The routes of tokens. */
export function tokens(transport: Transport) {
  return {
    list: (signal?: AbortSignal) => transport.list<Token>({ method: 'GET', path: path`/tokens`, signal }),

    /** Those that a query picks, and how many there are of them. */
    page: (query: ListQuery, signal?: AbortSignal) => page<Token>(transport, path`/tokens`, query, signal),

    /** Not sent again when its fate is unknown: there would be two. */
    mint: (body: NewToken, signal?: AbortSignal) =>
      transport.object<MintedToken>({ method: 'POST', path: path`/tokens`, body, signal }),

    get: (id: string, signal?: AbortSignal) =>
      transport.object<Token>({ method: 'GET', path: path`/token/${id}`, signal }),

    /** Ends it, and all that were minted with it, at once. */
    revoke: (id: string, signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/token/${id}`, signal }),

    /** Ends all of an owner. */
    revokeAll: (owner: string, signal?: AbortSignal) =>
      transport.object<{ owner: string; revoked: number }>({
        method: 'DELETE',
        path: path`/tokens`,
        query: { owner },
        signal,
      }),

    /** The token that the client calls with. @throws ProblemError `token_not_found` when it calls with something else */
    current: (signal?: AbortSignal) => transport.object<Token>({ method: 'GET', path: path`/tokens/current`, signal }),

    revokeCurrent: (signal?: AbortSignal) =>
      transport.list<never>({ method: 'DELETE', path: path`/tokens/current`, signal }),

    /** The session that the client calls with, for another while. */
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
