import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { AuthenticationRequest, Authenticator, Identity } from './authenticator.ts';

export interface AuthenticationChain {
  /** The values of `WWW-Authenticate` that go with `credentials_required`. */
  readonly challenges: readonly string[];
  /**
   * Says who is calling, or how an authenticator answers the request itself.
   *
   * @throws AppError `credentials_required` when the request carries no credentials at all, `credentials_refused` when
   *   what it carries convinces nobody, or when no authenticator is configured
   */
  authenticate(request: AuthenticationRequest): Promise<Identity | Response>;
}

export interface ChainOptions {
  readonly authenticators: readonly Authenticator[];
  /** Paths, compared exactly, whose callers need no credentials. */
  readonly selfAuths: readonly string[];
  readonly logger: Logger;
}

/**
 * Tries authenticators in order until one knows the caller or answers the request (contract 9.1).
 *
 * A path in `selfAuths` needs no credentials. In the original that opened the route to everybody, with all it does. Here
 * it lifts authentication only: the caller is `anonymous` with no grants, so a route that wants a permission still
 * refuses, and only public ones open. Good credentials keep their worth on such a path, so that listing it never
 * takes a permission away from an administrator.
 */
export function authenticationChain({ authenticators, selfAuths, logger }: ChainOptions): AuthenticationChain {
  const open = new Set(selfAuths);
  return {
    challenges: authenticators.flatMap(({ challenge }) => challenge ?? []),
    async authenticate(request) {
      const { outcome, refused } = await ask(authenticators, request, logger);
      if (outcome !== undefined) return outcome;
      if (open.has(request.path)) return anonymous('self-auth');
      if (authenticators.length === 0) throw nobodyConfigured();
      throw refused ? credentialsRefused() : credentialsRequired(authenticators);
    },
  };
}

/** Somebody without a name, who may do what is public. */
export function anonymous(method: 'public' | 'self-auth'): Identity {
  return { name: 'anonymous', method, subjects: [], grants: [] };
}

interface Verdict {
  outcome: Identity | Response | undefined;
  /** Whether anybody found credentials, even if only to fail on them. */
  refused: boolean;
}

async function ask(
  authenticators: readonly Authenticator[],
  request: AuthenticationRequest,
  logger: Logger,
): Promise<Verdict> {
  const { method, path, peer } = request;
  let refused = false;
  for (const authenticator of authenticators) {
    const context = { authenticator: authenticator.name, method, path, peer };
    try {
      const outcome = await authenticator.authenticate(request);
      if (outcome === 'pass') continue;
      if (!('refused' in outcome)) return { outcome, refused };
      logger.warn({ ...context, reason: outcome.refused }, 'credentials refused');
    } catch (error) {
      // A broken authenticator lets nobody in, and keeps nobody out whom a later one knows.
      logger.error({ ...context, reason: describeError(error) }, 'authenticator failed');
    }
    refused = true;
  }
  return { outcome: undefined, refused };
}

function credentialsRequired(authenticators: readonly Authenticator[]): AppError {
  const ways = authenticators.map(({ asksFor }) => asksFor).join(', or ');
  return new AppError('credentials_required', `the request carries no credentials; this server asks for ${ways}`, {
    hint: 'send credentials with the request',
    details: { methods: authenticators.map(({ name }) => name) },
  });
}

function credentialsRefused(): AppError {
  return new AppError('credentials_refused', 'the credentials of the request were refused', {
    hint: 'check user name and password; the log of the server says more',
  });
}

function nobodyConfigured(): AppError {
  return new AppError(
    'credentials_refused',
    'no authentication is configured on this server: it refuses every request',
    {
      hint: 'configure authentication-plugins on the server, or run `commissaire init` there',
    },
  );
}
