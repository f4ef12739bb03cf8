import type { ConnectOptions } from '../../client/connect.ts';
import { connect } from '../../client/connect.ts';
import { renewingCredentials } from '../../client/session.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SessionSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import type { SessionFile } from './sessions.ts';

/** Calls with a session. The client renews it when necessary, and deletes it when the server refuses it. */
export function openSession(
  { session, ...way }: SessionSettings,
  { sessions, terminal, clock }: { sessions: SessionFile; terminal: Terminal; clock: Clock },
): ConnectOptions {
  const renew = (token: string) => connect({ ...way, credentials: { token }, retries: 0 }).tokens.renew();
  return {
    ...way,
    credentials: renewingCredentials({ keeper: sessions.keeperOf(session), clock, renew }),
    async onRefused() {
      await sessions.forget(session.id);
      await terminal.stderr.write('commctl: the session has ended; log in again with `commctl login`\n');
    },
  };
}
