import type { Clock } from '../lib/clock.ts';
import type { BearerCredentials } from './credentials.ts';
import type { MintedToken } from './tokens.ts';

/** A session token with its times by the clock of this machine, in milliseconds since the epoch. */
export interface Session {
  readonly id: string;
  readonly token: string;
  /** From here on it is time for another one. */
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** Where a session is kept, which others may share. */
export interface SessionKeeper {
  /** As it is now. */
  read(): Promise<Session>;
  /** Puts what `renew` makes of the session in its place, and lets nobody else do so meanwhile. */
  replace(renew: (session: Session) => Promise<Session>): Promise<Session>;
}

export interface RenewalOptions {
  readonly keeper: SessionKeeper;
  readonly clock: Clock;
  /** Asks the server for another token, with the one there is. */
  readonly renew: (token: string) => Promise<MintedToken>;
}

/** A session that has just been minted or renewed. One that will not get any longer is not to be renewed again. */
export function sessionOf({ id, token, expires_in, expires_at, ends_at }: MintedToken, now: number): Session {
  const expiresAt = now + expires_in * 1000;
  const renewAt = expires_at === ends_at ? expiresAt : now + expires_in * 500;
  return { id, token, renewAt, expiresAt };
}

/**
 * Credentials that are renewed when half of their life is over. A renewal that fails is no failure: the token is sent as it
 * is, and the server says what it thinks of it.
 */
export function renewingCredentials({ keeper, clock, renew }: RenewalOptions): BearerCredentials {
  let known: Session | undefined;
  let renewal: Promise<Session> | undefined;
  const now = () => clock.now().getTime();

  const renewed = () =>
    keeper.replace(async (session) => {
      // Somebody else may have done it while this one waited for its turn.
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
