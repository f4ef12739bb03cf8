import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { AuthenticationRequest, Authenticator, Identity } from './authenticator.ts';
import { invalidToken, unknownIssuer } from './authenticators/bearer/challenges.ts';
import { sightOfToken, type TokenSight } from './authenticators/bearer/presented-token.ts';
import { localRoot } from './local-root.ts';
import type { Attempts } from './throttle/attempts.ts';
import { Trial } from './throttle/trial.ts';

export interface AuthenticationChain {
  /** The values of `WWW-Authenticate` that go with `credentials_required`. */
  readonly challenges: readonly string[];
  /**
   * Identifies the caller, or returns an authenticator's own answer to the request.
   *
   * @throws AppError `credentials_required` when the request carries no credentials at all, `credentials_refused` when
   *   no authenticator accepts them, when it carries a bearer token that none knows, or when none is configured; `too_many_attempts` when they were not verified,
   *   because too many before were wrong
   * @param first authenticators to ask before those of the configuration
   */
  authenticate(request: AuthenticationRequest, first?: readonly Authenticator[]): Promise<Identity | Response>;
}

export interface ChainOptions {
  readonly authenticators: readonly Authenticator[];
  /** Paths, compared exactly, whose callers need no credentials. */
  readonly selfAuths: readonly string[];
  readonly attempts: Attempts;
  readonly logger: Logger;
}

/**
 * Tries authenticators in order until one identifies the caller or answers the request (contract 9.1). Local root needs
 * no credentials.
 *
 * A path in `selfAuths` needs no credentials. In the original that opened the route with everything it does to
 * everybody. Here it skips authentication only: the caller is `anonymous` with no grants, so a route that needs a
 * permission still refuses, and only public ones open. Valid credentials still count on such a path, so that listing it
 * never takes a permission away from an administrator.
 */
export function authenticationChain({
  authenticators,
  selfAuths,
  attempts,
  logger,
}: ChainOptions): AuthenticationChain {
  const open = new Set(selfAuths);
  return {
    challenges: [...new Set(authenticators.flatMap(({ challenge }) => challenge ?? []))],
    async authenticate(request, first = []) {
      const root = localRoot(request);
      if (root !== undefined) return root;
      const own = await ask(first, request, attempts, logger);
      // Credentials that this server made are never shown to other authenticators, whatever the verdict is.
      const isOwn = own.outcome !== undefined || own.refused || own.wait !== undefined;
      const verdict = isOwn ? own : await ask(authenticators, request, attempts, logger);
      const { outcome, refused, wait } = verdict;
      if (outcome !== undefined) return outcome;
      if (open.has(request.path)) return anonymous('self-auth');
      if (authenticators.length === 0) throw nobodyConfigured();
      if (wait !== undefined) throw tooManyAttempts(wait);
      const token = sightOfToken(request.headers);
      if (token !== undefined && !refused) logUnknownToken(token, request, logger);
      if (refused || token !== undefined) throw new RefusedCredentials({ ...verdict, token });
      throw credentialsRequired(authenticators);
    },
  };
}

/** No authenticator accepted the credentials. */
export class RefusedCredentials extends AppError {
  /** What the credentials claimed, not verified: for the audit trail, and not for the caller. */
  readonly claims: Claims;
  /** The challenge that says what is wrong with a bearer token. */
  readonly challenge: string | undefined;

  constructor(verdict: Omit<Verdict, 'outcome'> & { token?: TokenSight | undefined }) {
    const { claimed, token } = verdict;
    const fault = token && faultOf(token, verdict);
    super('credentials_refused', fault === undefined ? refusedInGeneral : `the bearer token of the request ${fault}`, {
      hint:
        fault === undefined
          ? 'check user name and password, or whether the token has ended; the log of the server says more'
          : 'send another token, such as one of `commctl login`; the log of the server says more',
    });
    this.claims = { name: claimed, issuer: token?.issuer };
    this.challenge = fault === undefined ? undefined : invalidToken(`the token ${fault}`);
  }
}

/** What is wrong with a token, after "the token"; undefined while an authenticator cannot say whether it counts. */
function faultOf(token: TokenSight, { told, refused, failed }: Omit<Verdict, 'outcome'>): string | undefined {
  if (told !== undefined) return told;
  if (failed) return undefined;
  return refused ? 'was refused' : unknownIssuer(token);
}

const refusedInGeneral = 'the credentials of the request were refused';

/** Whom refused credentials claimed to be. */
export interface Claims {
  readonly name: string | undefined;
  /** The issuer of a token. */
  readonly issuer: string | undefined;
}

/** The anonymous caller, who may do what is public. */
export function anonymous(method: 'public' | 'self-auth'): Identity {
  return { name: 'anonymous', method, subjects: [], grants: [] };
}

/** Whether the caller has shown no credentials. */
export function isAnonymous({ method }: Identity): boolean {
  return method === 'public' || method === 'self-auth';
}

interface Verdict {
  outcome: Identity | Response | undefined;
  /** Whether an authenticator found credentials and refused them, or failed. */
  refused: boolean;
  /** Whether one failed, so that nothing is known of the credentials. */
  failed: boolean;
  /** Milliseconds until an authenticator that did not verify the credentials now would do so. */
  wait?: number;
  /** The name that the first refused credentials claimed. */
  claimed: string | undefined;
  /** What the holder of a refused token may learn. */
  told?: string | undefined;
}

async function ask(
  authenticators: readonly Authenticator[],
  request: AuthenticationRequest,
  attempts: Attempts,
  logger: Logger,
): Promise<Verdict> {
  const trial = new Trial(attempts, request.peer ?? '');
  try {
    return await askEach(authenticators, request, trial, logger);
  } finally {
    trial.end();
  }
}

async function askEach(
  authenticators: readonly Authenticator[],
  request: AuthenticationRequest,
  trial: Trial,
  logger: Logger,
): Promise<Verdict> {
  const contextOf = ({ name }: Authenticator) => ({ authenticator: name, ...describeRequest(request) });
  let refused = false;
  let failed = false;
  let wait: number | undefined;
  let claimed: string | undefined;
  let told: string | undefined;
  for (const authenticator of authenticators) {
    try {
      const outcome = await askOne(authenticator, request, trial);
      if (outcome === 'pass') continue;
      if (typeof outcome === 'number') {
        wait = Math.max(wait ?? 0, outcome);
        continue;
      }
      if (!('refused' in outcome)) return { outcome, refused, failed, claimed };
      logger.warn({ ...contextOf(authenticator), reason: outcome.refused }, 'credentials refused');
      claimed ??= outcome.claimed;
      told ??= outcome.told;
    } catch (error) {
      // A broken authenticator admits no caller, and does not prevent a later one from admitting the caller.
      logger.error({ ...contextOf(authenticator), reason: describeError(error) }, 'authenticator failed');
      failed = true;
    }
    refused = true;
  }
  return { outcome: undefined, refused, failed, claimed, told, ...(wait === undefined ? {} : { wait }) };
}

/** A request in the log; of a bearer token only the issuer that it claims. */
function describeRequest({ method, path, peer, headers }: AuthenticationRequest) {
  const issuer = sightOfToken(headers)?.issuer;
  return { method, path, peer, ...(issuer === undefined ? {} : { issuer }) };
}

function logUnknownToken(token: TokenSight, request: AuthenticationRequest, logger: Logger): void {
  logger.warn({ ...describeRequest(request), reason: `the token ${unknownIssuer(token)}` }, 'credentials refused');
}

/**
 * The verdict of an authenticator; a number is the milliseconds to wait until it can be asked about these credentials
 * again.
 */
async function askOne(
  authenticator: Authenticator,
  request: AuthenticationRequest,
  trial: Trial,
): Promise<Awaited<ReturnType<Authenticator['authenticate']>> | number> {
  const { guessable } = authenticator;
  // No await before the attempt starts: of the same credentials sent many times at once only one is verified.
  const recalled = guessable?.recall(request);
  if (recalled !== undefined) return recalled;
  const claimed = guessable?.claimed(request);
  if (claimed === undefined) return authenticator.authenticate(request);
  const wait = trial.begin(claimed);
  if (wait > 0) return wait;
  const outcome = await authenticator.authenticate(request);
  if (outcome === 'pass' || outcome instanceof Response) return outcome;
  if ('refused' in outcome) trial.refused(claimed);
  else trial.succeeded(claimed);
  return outcome;
}

function credentialsRequired(authenticators: readonly Authenticator[]): AppError {
  const ways = [...new Set(authenticators.map(({ asksFor }) => asksFor))].join(', or ');
  return new AppError('credentials_required', `the request carries no credentials; this server asks for ${ways}`, {
    hint: 'send credentials with the request',
    details: { methods: authenticators.map(({ name }) => name) },
  });
}

function tooManyAttempts(ms: number): AppError {
  const seconds = Math.ceil(ms / 1000);
  return new AppError('too_many_attempts', 'too many credentials were wrong: these were not looked at', {
    hint: `try again in ${seconds} s`,
    details: { retry_after: seconds },
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
