import type { Clock } from '../lib/clock.ts';
import type { BearerCredentials } from './credentials.ts';
import type { MintedToken } from './tokens.ts';

/** A session token with its times by the clock of this machine, in milliseconds since the epoch. */
export interface Session {
  readonly id: string;
  readonly token: string;
  /** The time of the next renewal. */
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** Storage for a session, which several processes may share. */
export interface SessionKeeper {
  /** The current session. */
  read(): Promise<Session>;
  /** Replaces the session by the result of `renew`, under a lock. */
  replace(renew: (session: Session) => Promise<Session>): Promise<Session>;
}

export interface RenewalOptions {
  readonly keeper: SessionKeeper;
  readonly clock: Clock;
  /** Asks the server for a new token, with the current one. */
  readonly renew: (token: string) => Promise<MintedToken>;
}

/** A session that was just minted or renewed. A session that cannot be extended is not renewed again. */
export function sessionOf({ id, token, expires_in, expires_at, ends_at }: MintedToken, now: number): Session {
  const expiresAt = now + expires_in * 1000;
  const renewAt = expires_at === ends_at ? expiresAt : now + expires_in * 500;
  return { id, token, renewAt, expiresAt };
}

/**
 * Credentials that are renewed after half of their life. A failed renewal is not an error: the current token is sent,
 * and the server decides.
 */
export function renewingCredentials({ keeper, clock, renew }: RenewalOptions): BearerCredentials {
  let known: Session | undefined;
  let renewal: Promise<Session> | undefined;
  const now = () => clock.now().getTime();

  const renewed = () =>
    keeper.replace(async (session) => {
      // Another process may have renewed the session while this one waited for the lock.
      if (now() < session.renewAt || now() >= session.expiresAt) return session;
      return sessionOf(await renew(session.token), now());
    });

  return {
    token: async () => {
      known ??= await keeper.read();
      if (now() < known.renewAt) return known.token;
      renewal ??= renewed().finally(() => {
        renewal = undefined;
      });
      known = await renewal.catch(() => known);
      return known?.token ?? '';
    },
  };
}
