import { Access } from '../auth/access.ts';
import type { Identity } from '../auth/authenticator.ts';
import { insufficientScope } from '../auth/authenticators/bearer/challenges.ts';
import { sightOfToken } from '../auth/authenticators/bearer/presented-token.ts';
import { type AuthenticationChain, anonymous, isAnonymous, RefusedCredentials } from '../auth/chain.ts';
import type { RequestRate } from '../auth/throttle/request-rate.ts';
import { inCidrs } from '../lib/cidr.ts';
import { cidrOf } from '../lib/cidr-of.ts';
import { AppError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import { inScope } from '../lib/scope-of-work.ts';
import { shortened } from '../lib/shortened.ts';
import { type Audited, Auditor, type Outcome } from './auditor.ts';
import { authorise } from './authorisation.ts';
import type { Caller } from './caller.ts';
import { type Connection, noConnection } from './connection.ts';
import type { Services } from './context.ts';
import { patchTypes } from './document-change.ts';
import { pathByAddress } from './host-reference.ts';
import { logWishOf } from './log-wish.ts';
import { Observation, type ObservationOptions, type Observed } from './observation.ts';
import { originOf } from './origin.ts';
import { checkPageOrigin } from './page-origin.ts';
import type { RouteRule } from './permissions.ts';
import { problemResponse } from './problem.ts';
import { checkEncoding, type RequestUrl, requestUrl, writtenPath } from './request-url.ts';
import { allowedMethods, ruleFor, ruleOf, rulesFor } from './route-match.ts';
import { createRoutes, type FailureResponder } from './routes.ts';

export interface ApiOptions extends ObservationOptions {
  services: Omit<Services, 'callerOf' | 'connectionOf' | 'clock'>;
  authentication: AuthenticationChain;
  /** What a caller may do. */
  accessOf: (identity: Identity) => Promise<Access>;
  /** Fires when the token with this id ends. */
  endOfToken: (id: string) => AbortSignal;
  newId: IdSource;
  /** Addresses and networks whose X-Forwarded-For is trusted; none when left out. */
  trustedProxies?: readonly string[];
  /** Request rates per address and per caller; without it there is no bound. */
  requestRate?: RequestRate;
  /** For tests: instead of the real ones. */
  routes?: (services: Services, fail: FailureResponder) => Routes;
}

/** Answers a request after it was admitted. */
export interface Routes {
  handle(request: Request): Response | Promise<Response>;
}

/**
 * Answers one request; `sentBy` is the peer address of its connection. Status 101 says that the connection is a
 * WebSocket now. Never throws.
 */
export type RequestHandler = (request: Request, sentBy: string, connection?: Connection) => Promise<Response>;

export interface Api extends AsyncDisposable {
  readonly handle: RequestHandler;
}

/**
 * The whole HTTP side: authentication, then authorisation by the table of routes, then the route itself. A request that
 * the table does not name gets no answer from a route. What must be in the audit trail is written there before it is
 * done.
 */
export function createApi(options: ApiOptions): Api {
  const { services, authentication, accessOf, logger, clock, newId } = options;
  const callers = new WeakMap<Request, Admitted>();
  const auditor = new Auditor(services.audit, clock);
  const isProxy = inCidrs(options.trustedProxies ?? []);
  const routes = (options.routes ?? createRoutes)(
    {
      ...services,
      clock,
      callerOf: (request) => callerOf(callers, request),
      connectionOf: (request) => connectionOf(callerOf(callers, request), options.endOfToken),
    },
    (error, request) => {
      const caller = callerOf(callers, request);
      caller.failure = error instanceof AppError ? error.code : 'internal_error';
      return fail(error, caller.requestId, { request, identity: caller.identity });
    },
  );

  const observation = new Observation(options);

  const handle: RequestHandler = (request, sentBy, connection = noConnection) => {
    const sender = { peer: originOf(request.headers, sentBy, isProxy), requestId: newId(), connection };
    const { peer, requestId } = sender;
    const attempt: Attempt = { request, requestId, peer, path: writtenPath(request) };
    return observation.answered(attempt, () => answer(attempt, sender));
  };
  return { handle, [Symbol.asyncDispose]: () => auditor[Symbol.asyncDispose]() };

  async function answer(attempt: Attempt, sender: Sender): Promise<Response> {
    const { request, path } = attempt;
    try {
      if (request.method === 'OPTIONS') return optionsAt(requestUrl(request).pathname);
      const admitted = await admitOrTell(attempt, path, sender);
      const carriedOut = (admitted: Request) => auditor.around(attempt, () => carryOut(admitted));
      const response =
        admitted instanceof Response ? admitted : await inScope({ wish: attempt.wish }, () => carriedOut(admitted));
      return forCaches(request.method === 'HEAD' ? await headOf(response) : response, attempt);
    } catch (error) {
      return forCaches(fail(error, sender.requestId, attempt), attempt);
    }
  }

  /** Admits the request, or writes to the audit trail that it was refused. */
  async function admitOrTell(attempt: Attempt, path: string, sender: Sender): Promise<Request | Response> {
    try {
      const admitted = await admit(attempt, path, sender);
      if (admitted instanceof Response) auditor.turnedAway(attempt, admitted);
      return admitted;
    } catch (error) {
      const claims = error instanceof RefusedCredentials ? error.claims : undefined;
      if (error instanceof AppError) auditor.turnedAway(attempt, error, claims);
      throw error;
    }
  }

  /**
   * Returns the request in the form for the routes, once its caller may make it, or the answer of an authenticator.
   * `path` is as the client wrote it.
   */
  async function admit(attempt: Attempt, path: string, sender: Sender): Promise<Request | Response> {
    const { request } = attempt;
    const url = requestUrl(request);
    const { method } = request;
    checkRate(() => `address ${cidrOf(sender.peer)}`);
    if (method !== 'GET' && method !== 'HEAD') checkPageOrigin(request.headers, 'change anything');
    // Only an authenticated caller learns that a path does not exist, or does not know a method.
    const rules = rulesFor(url.pathname);
    const isPublic = ruleOf(method, rules)?.permission === 'public';
    const identity = isPublic ? anonymous('public') : await identify(request, path, sender);
    // The headers may be immutable: the copy allows adding to them.
    if (identity instanceof Response) return new Response(identity.body, identity);
    attempt.identity = identity;
    if (identity.subjects.length > 0) checkRate(() => `caller ${identity.name}`);
    if (!isAnonymous(identity)) await auditor.accepted(attempt);
    const rule = ruleFor(method, url.pathname, rules);
    attempt.rule = rule;
    checkEncoding(url.pathname);
    const access = rule.permission === 'public' ? new Access() : await accessOf(identity);
    const named = await pathByAddress(url.pathname, rule, access, services);
    const place = named === undefined ? url : { pathname: named, href: withPath(request, url, named) };
    attempt.named = named;
    await check(rule, place.pathname, { identity, access });
    if (rule.permission !== 'public') attempt.wish = logWishOf(request, access);
    const presentAccess = () => accessTo(rule, place.pathname, identity);
    const caller = { identity, access, presentAccess };
    const admitted = asRoutesSee(request, place);
    // Only a GET becomes a WebSocket; a HEAD looks like a GET from here on.
    const connection = method === 'GET' ? sender.connection : noConnection;
    callers.set(admitted, { ...sender, ...caller, connection });
    return admitted;
  }

  async function accessTo(rule: RouteRule, pathname: string, identity: Identity): Promise<Access> {
    const access = rule.permission === 'public' ? new Access() : await accessOf(identity);
    await check(rule, pathname, { identity, access });
    return access;
  }

  async function check(rule: RouteRule, pathname: string, caller: Pick<Caller, 'identity' | 'access'>): Promise<void> {
    if (rule.permission !== 'public') await authorise(caller, rule, pathname, services.whereabouts);
  }

  async function carryOut(admitted: Request): Promise<{ response: Response; outcome: Outcome }> {
    const response = await routes.handle(admitted);
    const { failure: code } = callerOf(callers, admitted);
    const made = response.headers.get('location') ?? undefined;
    return { response, outcome: { status: response.status, code, made } };
  }

  function checkRate(sender: () => string): void {
    if (options.requestRate === undefined) return;
    const wait = options.requestRate.take(sender());
    if (wait === 0) return;
    const seconds = Math.ceil(wait / 1000);
    throw new AppError('too_many_requests', 'more requests come than this server is set to take', {
      hint: `send fewer, and this one again in ${seconds} s; the limit is the option rate-limit of the server`,
      details: { retry_after: seconds },
    });
  }

  function identify(request: Request, path: string, { peer, connection }: Sender): Promise<Identity | Response> {
    const { headers, method } = request;
    return authentication.authenticate({
      headers,
      method,
      path,
      peer,
      transport: connection.transport,
    });
  }

  function fail(error: unknown, requestId: string, about: Pick<Audited, 'request' | 'identity'>): Response {
    if (!(error instanceof AppError)) logger.error({ requestId, err: error }, 'a fault while answering a request');
    const response = problemResponse(error, requestId);
    if (response.status === 401) {
      for (const challenge of authentication.challenges) response.headers.append('www-authenticate', challenge);
    }
    const challenge = challengeToToken(error, about);
    if (challenge !== undefined) response.headers.append('www-authenticate', challenge);
    return response;
  }
}

/** What RFC 6750, 3 has the answer say to a caller with a bearer token that was refused, or may not do this. */
function challengeToToken(error: unknown, { request, identity }: Pick<Audited, 'request' | 'identity'>) {
  if (error instanceof RefusedCredentials) return error.challenge;
  const isAboutRights = error instanceof AppError && error.code === 'forbidden' && identity !== undefined;
  if (!isAboutRights || isAnonymous(identity) || sightOfToken(request.headers) === undefined) return undefined;
  const { permission } = error.details ?? {};
  return insufficientScope(shortened(error.message, 300), typeof permission === 'string' ? permission : undefined);
}

/** An admitted caller, with the connection of its request. */
interface Admitted extends Caller {
  connection: Connection;
  /** The code of the problem in the answer. */
  failure?: string;
}

/** What is known of a request before its caller is authenticated. */
type Sender = Omit<Admitted, 'identity' | 'access' | 'presentAccess' | 'failure'>;

/** A request, to which admission adds what it finds out. */
type Attempt = { -readonly [Member in keyof (Audited & Observed)]: (Audited & Observed)[Member] };

/** The connection of the request, which also stops when the caller's token ends. */
function connectionOf({ connection, identity: { token } }: Admitted, endOf: ApiOptions['endOfToken']): Connection {
  if (token === undefined) return connection;
  return { ...connection, stopping: AbortSignal.any([connection.stopping, endOf(token.id)]) };
}

/**
 * No cache may store an answer to one caller, such as a token or credentials. Without this header, caches exempt only
 * answers to requests with `Authorization`, which requests with other credentials do not have (RFC 9111, 3.5).
 */
function forCaches(response: Response, { rule }: Attempt): Response {
  if (rule?.permission !== 'public') response.headers.set('cache-control', 'no-store');
  return response;
}

/**
 * The answer without its body. It has the length that GET would tell, or none (RFC 9110, 8.6): what is streamed, perhaps
 * without end, is not produced to be counted.
 */
async function headOf(response: Response): Promise<Response> {
  const { body, status, statusText } = response;
  if (body === null) return response;
  const headers = new Headers(response.headers);
  if (isStreamed(headers)) {
    await body.cancel();
    // Otherwise the runtime would add a length of 0.
    headers.set('transfer-encoding', 'chunked');
  } else {
    headers.set('content-length', String(await lengthOf(body)));
  }
  return new Response(null, { status, statusText, headers });
}

/** Events and logs may go on without end; everything else is written from what was read before. */
function isStreamed(headers: Headers): boolean {
  const type = headers.get('content-type') ?? '';
  return type.startsWith('text/event-stream') || type.startsWith('text/plain');
}

async function lengthOf(body: ReadableStream<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of body) length += chunk.byteLength;
  return length;
}

/** The methods of a path are no secret. Whether something is stored there is one, and OPTIONS does not say it. */
function optionsAt(pathname: string): Response {
  const rules = rulesFor(pathname);
  const allow = rules.length === 0 ? 'OPTIONS' : allowedMethods(rules).join(', ');
  const takesPatch = rules.some(({ method }) => method === 'PATCH');
  const headers = { allow, ...(takesPatch ? { 'accept-patch': patchTypes } : {}) };
  return new Response(null, { status: 204, headers });
}

/** The URL of a request with another path. */
function withPath(request: Request, { href = request.url }: RequestUrl, pathname: string): string {
  return new URL(pathname + new URL(href, 'http://localhost').search, 'http://localhost').href;
}

/** Passes a request to the routes unchanged where possible: a new Request costs as much as everything else they do. */
function asRoutesSee(request: Request, { href }: RequestUrl): Request {
  const { method, headers } = request;
  if (href === undefined && method !== 'HEAD' && method !== 'DELETE') return request;
  return new Request(href ?? request.url, { ...contentOf(request), headers });
}

/** Method and body. Some clients send a body with DELETE, which has no meaning and is not read (contract 1.1). */
function contentOf({ method, body }: Request): { method: string; body?: ReadableStream } {
  if (method === 'GET' || method === 'HEAD') return { method: 'GET' };
  return method === 'DELETE' || body === null ? { method } : { method, body };
}

function callerOf(callers: WeakMap<Request, Admitted>, request: Request): Admitted {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('a request reached a route without having been let through');
  return caller;
}
