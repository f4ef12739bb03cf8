import { hostname } from 'node:os';
import { connect } from '../client/connect.ts';
import { ProblemError } from '../client/problem-error.ts';
import { sessionOf } from '../client/session.ts';
import type { MintedToken } from '../client/tokens.ts';
import { command } from './context.ts';
import { using, withSite } from './contexts/changes.ts';
import { defaultContext } from './contexts/document.ts';
import { exitCode } from './exit-code.ts';
import { type NewSite, newSite } from './login-site.ts';
import { print } from './output.ts';
import type { Servers } from './settings.ts';
import type { Terminal } from './terminal.ts';
import { dated, zoneOf } from './times.ts';
import { UsageError } from './usage-error.ts';

export const login = command({
  name: 'login',
  summary:
    'Log in: store a session token instead of a password, renewed while commctl is used, for up to 12 hours; with a URL, also write the server into the configuration file',
  brief: 'Log in: store a session token instead of a password',
  arguments: {
    url: {
      summary:
        'server to write into the configuration file, in the context of --context; by default the configured one',
      optional: true,
    },
  },
  options: {
    username: {
      type: 'text',
      short: 'u',
      placeholder: 'NAME',
      summary: 'user to log in as; by default that of the configuration',
    },
    fingerprint: {
      type: 'text',
      placeholder: 'SHA256',
      summary: 'the only certificate that the server of the URL may show',
    },
    passwordStdin: { type: 'flag', summary: 'read the password from stdin; a newline at its end is ignored' },
    ca: { type: 'text', placeholder: 'FILE', summary: 'CA that signed the certificate of the server of the URL' },
  },
  examples: [
    'commctl login',
    'commctl login -u alice --endpoint https://jump.example.com',
    'commctl login https://jump.example.com --context prod -u alice',
    'commctl login https://127.0.0.1:8000 --ca ./site/ca.pem -u admin',
  ],
  async handler(context, { url, username, fingerprint, ca, passwordStdin }) {
    if (url !== undefined && context.givenEndpoints.length > 0) {
      throw new UsageError('the server is given twice, as URL and with --endpoint', { hint: 'leave --endpoint out' });
    }
    if (url === undefined && (fingerprint !== undefined || ca !== undefined)) {
      throw new UsageError(`--${ca === undefined ? 'fingerprint' : 'ca'} needs the URL of the server`, {
        hint: 'give it as in `commctl login https://jump.example.com --fingerprint …`',
      });
    }
    const { contexts, terminal, sessions } = context;
    const password = passwordStdin ? await passwordFrom(terminal) : undefined;
    const site = url === undefined ? undefined : await newSite({ url, username, fingerprint, ca }, contexts, terminal);
    const { client, servers, login, configured, username: name } = await context.logIn({ username, password }, site);
    const minted = await client.tokens.mint({ note: `commctl on ${hostname()}`.slice(0, 255) });
    if (site !== undefined) await contexts.change((document) => withLogin(document, site, name));
    const { endpoints } = servers;
    const before = await sessions.find(servers, undefined);
    const session = sessionOf(minted, context.clock.now().getTime());
    const ofContext = servers.context === defaultContext ? {} : { context: servers.context };
    await sessions.keep({ ...session, endpoints: [...endpoints], login, ...ofContext });
    // The previous session is unused from now on. Without this it would expire soon.
    if (before !== undefined) await end(servers, before.token).catch(() => {});
    const { owner, expires_at, ends_at } = minted;
    const endpoint = client.endpoint();
    // With a URL the configuration names this login now.
    if (site === undefined && configured !== login) {
      const way = `commctl login ${endpoint} --context ${name ?? owner} -u ${name ?? owner}`;
      await terminal.stderr.write(
        `the other commands log in as the ${configured} of the configuration; to work as ${owner}: ${way}\n`,
      );
    }
    return print(context, {
      value: { owner, expires_at, ends_at, endpoint, context: servers.context },
      table: () => [
        ...sentences(minted, endpoint, terminal),
        ...(site === undefined ? [] : [`the context "${site.context}" of ${site.path} is in use`]),
      ],
    });
  },
});

/** @throws UsageError */
async function passwordFrom({ stdin }: Terminal): Promise<string> {
  const password = new TextDecoder().decode(await stdin.read()).replace(/\r?\n$/, '');
  if (password !== '') return password;
  throw new UsageError('the password on stdin is empty');
}

function withLogin(document: Parameters<typeof withSite>[0], { context, members }: NewSite, username?: string) {
  // The password stays out: the session replaces it.
  const ofUser = username === undefined || members.kubeconfig !== undefined ? {} : { username };
  const { token: _token, ...rest } = members;
  return using(withSite(document, context, { ...rest, ...ofUser }), context);
}

/** Who is logged in, where and until when. */
function sentences(
  { owner, expires_in, expires_at, ends_at }: MintedToken,
  endpoint: string,
  terminal: Terminal,
): string[] {
  const until = `logged in to ${endpoint} as ${owner} until ${dated(ends_at, zoneOf(terminal))}`;
  if (expires_at === ends_at) return [until];
  return [until, `the session ends earlier when commctl is not used for ${Math.round(expires_in / 60)} minutes`];
}

export const logout = command({
  name: 'logout',
  summary: 'Revoke the session token, and all tokens minted with it, and delete it',
  brief: 'Revoke the session token, and delete it',
  arguments: {},
  options: {},
  examples: ['commctl logout', 'commctl logout --context lab'],
  async handler(context) {
    const servers = await context.servers();
    const session = await context.sessions.find(servers, undefined);
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
