import { hostname } from 'node:os';
import { connect } from '../client/connect.ts';
import { ProblemError } from '../client/problem-error.ts';
import { sessionOf } from '../client/session.ts';
import { command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { print } from './output.ts';
import type { Servers } from './settings.ts';

export const login = command({
  name: 'login',
  summary: 'Log in: store a session token instead of a password, renewed while commctl is used, for up to 12 hours',
  brief: 'Log in: store a session token instead of a password',
  arguments: {},
  options: {
    username: {
      type: 'text',
      short: 'u',
      placeholder: 'NAME',
      summary: 'user to log in as; by default that of the configuration',
    },
  },
  examples: ['commctl login', 'commctl login -u alice --endpoint https://jump.example.com'],
  async handler(context, { username }) {
    const { client, servers, login } = await context.logIn(username);
    const minted = await client.tokens.mint({ note: `commctl on ${hostname()}`.slice(0, 255) });
    const { endpoints } = servers;
    const before = await context.sessions.find(endpoints, undefined);
    const session = sessionOf(minted, context.clock.now().getTime());
    await context.sessions.keep({ ...session, endpoints: [...endpoints], login });
    // The previous session is unused from now on. Without this it would expire soon.
    if (before !== undefined) await end(servers, before.token).catch(() => {});
    const { owner, expires_at, ends_at } = minted;
    return print(context, { value: { owner, expires_at, ends_at } });
  },
});

export const logout = command({
  name: 'logout',
  summary: 'Revoke the session token, and all tokens minted with it, and delete it',
  brief: 'Revoke the session token, and delete it',
  arguments: {},
  options: {},
  examples: ['commctl logout'],
  async handler(context) {
    const servers = await context.servers();
    const session = await context.sessions.find(servers.endpoints, undefined);
    if (session === undefined) {
      await context.terminal.stderr.write('There is no session.\n');
      return exitCode.done;
    }
    const { token, id } = session;
    if (context.dryRun) return print(context, { value: [{ method: 'DELETE', path: '/api/v0/tokens/current' }] });
    try {
      await end(servers, token).catch(passOver);
    } finally {
      // Even when the server cannot be reached: after a logout no command may use the session.
      await context.sessions.forget(id);
    }
    return print(context, { value: 'Success' });
  },
});

function end(servers: Servers, token: string): Promise<unknown> {
  return connect({ ...servers, credentials: { token }, retries: 0 }).tokens.revokeCurrent();
}

/** The session may have ended already. */
function passOver(error: unknown): void {
  if (!(error instanceof ProblemError && error.code === 'credentials_refused')) throw error;
}
