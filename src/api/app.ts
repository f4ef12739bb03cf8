import { Access } from '../auth/access.ts';
import type { Identity } from '../auth/authenticator.ts';
import { type AuthenticationChain, anonymous, isAnonymous, RefusedCredentials } from '../auth/chain.ts';
import type { RequestRate } from '../auth/throttle/request-rate.ts';
import { inCidrs } from '../lib/cidr.ts';
import { cidrOf } from '../lib/cidr-of.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { type Audited, Auditor, type Outcome } from './auditor.ts';
import { authorise } from './authorisation.ts';
import type { Caller } from './caller.ts';
import { type Connection, noConnection } from './connection.ts';
import type { Services } from './context.ts';
import { patchTypes } from './document-change.ts';
import { originOf } from './origin.ts';
import { checkPageOrigin } from './page-origin.ts';
import type { RouteRule } from './permissions.ts';
import { problemResponse } from './problem.ts';
import { checkEncoding, type RequestUrl, requestUrl, writtenPath } from './request-url.ts';
import { allowedMethods, ruleFor, ruleOf, rulesFor } from './route-match.ts';
import { createRoutes, type FailureResponder } from './routes.ts';

export interface ApiOptions {
  services: Omit<Services, 'callerOf' | 'connectionOf' | 'clock'>;
  authentication: AuthenticationChain;
  /** What a caller may do. */
  accessOf: (identity: Identity) => Promise<Access>;
  /** Fires when a token, named by its id, ends. */
  endOfToken: (id: string) => AbortSignal;
  logger: Logger;
  clock: Clock;
  newId: IdSource;
  /** Addresses and networks whose X-Forwarded-For is believed; none when left out. */
  trustedProxies?: readonly string[];
  /** How fast requests may come from one address, and from one caller; without it as fast as they like. */
  requestRate?: RequestRate;
  /** For tests: instead of the real ones. */
  routes?: (services: Services, fail: FailureResponder) => Routes;
}

/** What answers a request that was let through. */
export interface Routes {
  handle(request: Request): Response | Promise<Response>;
}

/**
 * Answers one request; `sentBy` is the address that its connection came from. Status 101 says that the connection is a WebSocket now. Never
 * throws.
 */
export type RequestHandler = (request: Request, sentBy: string, connection?: Connection) => Promise<Response>;

export interface Api extends AsyncDisposable {
  readonly handle: RequestHandler;
}

/**
 * The whole of HTTP: authentication, then authorisation by the table of routes, then the route itself. What the table
 * does not name is not answered, whatever the routes say. What the audit trail has to tell of is in it before it is done.
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
      return fail(error, caller.requestId);
    },
  );

  const handle: RequestHandler = async (request, sentBy, connection = noConnection) => {
    const peer = originOf(request.headers, sentBy, isProxy);
    const begun = clock.monotonic();
    const requestId = newId();
    const path = writtenPath(request);
    const response = await answer(request, path, { peer, requestId, connection });
    response.headers.set('x-request-id', requestId);
    const { status } = response;
    const ms = Math.round(clock.monotonic() - begun);
    const line = { requestId, method: request.method, path, status, peer, ms };
    if (request.method === 'GET' || request.method === 'HEAD') logger.debug(line, 'request');
    else logger.info(line, 'request');
    return response;
  };
  return { handle, [Symbol.asyncDispose]: () => auditor[Symbol.asyncDispose]() };

  async function answer(request: Request, path: string, sender: Sender): Promise<Response> {
    const attempt: Attempt = { request, requestId: sender.requestId, peer: sender.peer };
    try {
      if (request.method === 'OPTIONS') return optionsAt(requestUrl(request).pathname);
      const admitted = await admitOrTell(attempt, path, sender);
      const response =
        admitted instanceof Response ? admitted : await auditor.around(attempt, () => carryOut(admitted));
      return forCaches(request.method === 'HEAD' ? await headOf(response) : response, attempt);
    } catch (error) {
      return forCaches(fail(error, sender.requestId), attempt);
    }
  }

  /** Whoever is not admitted is told of in the audit trail. */
  async function admitOrTell(attempt: Attempt, path: string, sender: Sender): Promise<Request | Response> {
    try {
      const admitted = await admit(attempt, path, sender);
      if (admitted instanceof Response) auditor.turnedAway(attempt, admitted);
      return admitted;
    } catch (error) {
      const claimed = error instanceof RefusedCredentials ? error.claimed : undefined;
      if (error instanceof AppError) auditor.turnedAway(attempt, error, claimed);
      throw error;
    }
  }

  /**
   * The request as the routes are to see it, once its caller may make it; or how an authenticator answers it. The path is as
   * the client wrote it.
   */
  async function admit(attempt: Attempt, path: string, sender: Sender): Promise<Request | Response> {
    const { request } = attempt;
    const url = requestUrl(request);
    const { method } = request;
    checkRate(() => `address ${cidrOf(sender.peer)}`);
    if (method !== 'GET' && method !== 'HEAD') checkPageOrigin(request.headers, 'change anything');
    // A path that is not there, and a verb it does not know, are told to those who may know only.
    const rules = rulesFor(url.pathname);
    const isPublic = ruleOf(method, rules)?.permission === 'public';
    const identity = isPublic ? anonymous('public') : await identify(request, path, sender);
    // Its headers may be such that none can be added to them.
    if (identity instanceof Response) return new Response(identity.body, identity);
    attempt.identity = identity;
    if (identity.subjects.length > 0) checkRate(() => `caller ${identity.name}`);
    if (!isAnonymous(identity)) await auditor.accepted(attempt);
    const rule = ruleFor(method, url.pathname, rules);
    attempt.rule = rule;
    checkEncoding(url.pathname);
    const presentAccess = () => accessTo(rule, url.pathname, identity);
    const caller = { identity, access: await presentAccess(), presentAccess };
    const admitted = asRoutesSee(request, url);
    // A WebSocket is made of a GET; a HEAD only looks like one from here on.
    const connection = method === 'GET' ? sender.connection : noConnection;
    callers.set(admitted, { ...sender, ...caller, connection });
    return admitted;
  }

  async function accessTo(rule: RouteRule, pathname: string, identity: Identity): Promise<Access> {
    if (rule.permission === 'public') return new Access();
    const access = await accessOf(identity);
    await authorise({ identity, access }, rule, pathname, services.whereabouts);
    return access;
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

  function fail(error: unknown, requestId: string): Response {
    if (!(error instanceof AppError)) logger.error({ requestId, err: error }, 'a fault while answering a request');
    const response = problemResponse(error, requestId);
    if (response.status === 401) {
      for (const challenge of authentication.challenges) response.headers.append('www-authenticate', challenge);
    }
    return response;
  }
}

/** A caller that was let through, with what its request came over. */
interface Admitted extends Caller {
  connection: Connection;
  /** The code of the problem it was answered with. */
  failure?: string;
}

/** What is known before it is known who that is. */
type Sender = Omit<Admitted, 'identity' | 'access' | 'presentAccess' | 'failure'>;

/** A request of which more is known the further it comes. */
type Attempt = { -readonly [Member in keyof Audited]: Audited[Member] };

/** What the request came over, for as long as the caller's token is good. */
function connectionOf({ connection, identity: { token } }: Admitted, endOf: ApiOptions['endOfToken']): Connection {
  if (token === undefined) return connection;
  return { ...connection, stopping: AbortSignal.any([connection.stopping, endOf(token.id)]) };
}

/**
 * What was answered to one caller no cache may keep, such as a token or credentials. Caches spare answers to requests with
 * `Authorization` only, which those with other credentials do not have (RFC 9111, 3.5).
 */
function forCaches(response: Response, { rule }: Attempt): Response {
  if (rule?.permission !== 'public') response.headers.set('cache-control', 'no-store');
  return response;
}

/** The answer without its body, which may be one that would go on for ever. */
async function headOf(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, response);
}

/** What may be done at a path is no secret; whether something is stored there is, and OPTIONS does not say. */
function optionsAt(pathname: string): Response {
  const rules = rulesFor(pathname);
  const allow = rules.length === 0 ? 'OPTIONS' : allowedMethods(rules).join(', ');
  const takesPatch = rules.some(({ method }) => method === 'PATCH');
  const headers = { allow, ...(takesPatch ? { 'accept-patch': patchTypes } : {}) };
  return new Response(null, { status: 204, headers });
}

/** A request that is the same for the routes goes to them as it is: another one costs as much as all else they do. */
function asRoutesSee(request: Request, { href }: RequestUrl): Request {
  const { method, headers } = request;
  if (href === undefined && method !== 'HEAD' && method !== 'DELETE') return request;
  return new Request(href ?? request.url, { ...contentOf(request), headers });
}

/** Method and body. Clients send a body with DELETE as well, which says nothing and is not read (contract 1.1). */
function contentOf({ method, body }: Request): { method: string; body?: ReadableStream } {
  if (method === 'GET' || method === 'HEAD') return { method: 'GET' };
  return method === 'DELETE' || body === null ? { method } : { method, body };
}

function callerOf(callers: WeakMap<Request, Admitted>, request: Request): Admitted {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('a request reached a route without having been let through');
  return caller;
}
