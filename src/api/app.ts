import { Elysia } from 'elysia';
import type { AuthenticationChain } from '../auth/chain.ts';
import { allows } from '../auth/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { readJsonObject } from './body.ts';
import { clusterRoutes } from './clusters.ts';
import type { Caller, Services } from './context.ts';
import { hostRoutes } from './hosts.ts';
import { operationRoutes } from './operations.ts';
import type { RouteRule } from './permissions.ts';
import { problemResponse } from './problem.ts';
import { allowedMethods, ruleFor, rulesFor } from './route-match.ts';
import { systemRoutes } from './system.ts';
import { validationProblem } from './validation.ts';

export interface ApiOptions {
  services: Omit<Services, 'callerOf'>;
  authentication: AuthenticationChain;
  logger: Logger;
  clock: Clock;
  newId: IdSource;
}

/** Answers one request; `peer` is the address it came from. Never throws. */
export type RequestHandler = (request: Request, peer: string) => Promise<Response>;

/**
 * The whole of HTTP: authentication, then authorisation by the table of routes, then the route itself. What the table
 * does not name is not answered, whatever the routes say.
 */
export function createApi({ services, authentication, logger, clock, newId }: ApiOptions): RequestHandler {
  const callers = new WeakMap<Request, Caller>();
  const routes = createRoutes({ ...services, callerOf: (request) => callerOf(callers, request) });

  const admit = async (request: Request, peer: string, requestId: string): Promise<Request> => {
    const url = new URL(request.url);
    const { headers, method } = request;
    // A path that is not there, and a verb it does not know, are told to those who may know only.
    const rule = publicRule(method, withoutSlash(url.pathname));
    const caller = rule ?? (await authentication.authenticate({ headers, method, path: url.pathname, peer }));
    const identity = 'permission' in caller ? { name: 'anonymous', method: 'public', roles: [] } : caller;
    url.pathname = withoutSlash(url.pathname);
    checkPermission(identity, ruleFor(method, url.pathname));
    const admitted = new Request(url.href, method === 'HEAD' ? { headers } : { ...bodyOf(request), method, headers });
    callers.set(admitted, { identity, peer, requestId });
    return admitted;
  };

  return async (request, peer) => {
    const begun = clock.monotonic();
    const requestId = newId();
    const response = await answer(request, peer, requestId);
    response.headers.set('x-request-id', requestId);
    const { pathname } = new URL(request.url);
    const details = { requestId, method: request.method, path: pathname, status: response.status, peer };
    const line = { ...details, ms: Math.round(clock.monotonic() - begun) };
    if (request.method === 'GET' || request.method === 'HEAD') logger.debug(line, 'request');
    else logger.info(line, 'request');
    return response;
  };

  async function answer(request: Request, peer: string, requestId: string): Promise<Response> {
    try {
      if (request.method === 'OPTIONS') return options(request);
      const response = await routes.handle(await admit(request, peer, requestId));
      return request.method === 'HEAD' ? new Response(null, response) : response;
    } catch (error) {
      if (!(error instanceof AppError)) logger.error({ requestId, err: error }, 'a fault while answering a request');
      return problem(error, requestId);
    }
  }

  function problem(error: unknown, requestId: string): Response {
    const response = problemResponse(error, requestId);
    if (response.status === 401) {
      for (const challenge of authentication.challenges) response.headers.append('www-authenticate', challenge);
    }
    return response;
  }

  function createRoutes(withCaller: Services) {
    return new Elysia({ name: 'api', normalize: true })
      .onParse({ as: 'global' }, ({ request }) => readJsonObject(request))
      .onError({ as: 'global' }, ({ error, code, request }) => {
        const { requestId } = withCaller.callerOf(request);
        const failure = foreseen(code, error);
        if (!(failure instanceof AppError))
          logger.error({ requestId, err: failure }, 'a fault while answering a request');
        return problem(failure, requestId);
      })
      .use(systemRoutes(withCaller))
      .use(hostRoutes(withCaller))
      .use(clusterRoutes(withCaller))
      .use(operationRoutes(withCaller));
  }
}

/** What the framework wraps or words in its own way, as our own. */
function foreseen(code: string | number, error: unknown): unknown {
  if (code === 'VALIDATION') return validationProblem(error);
  return code === 'PARSE' && error instanceof Error ? error.cause : error;
}

function publicRule(method: string, pathname: string): RouteRule | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  return rulesFor(pathname).find((rule) => rule.method === wanted && rule.permission === 'public');
}

function checkPermission(identity: Caller['identity'], { permission, method, path }: RouteRule): void {
  if (allows(identity, permission)) return;
  throw new AppError(
    'forbidden',
    `${identity.name} lacks the permission ${permission}, which ${method} ${path} asks for`,
    {
      hint: 'ask an administrator for a role that has it',
      details: { permission },
    },
  );
}

/** What may be done at a path is no secret; whether something is stored there is, and OPTIONS does not say. */
function options(request: Request): Response {
  const { pathname } = new URL(request.url);
  const rules = rulesFor(withoutSlash(pathname));
  const allow = rules.length === 0 ? 'OPTIONS' : allowedMethods(rules).join(', ');
  return new Response(null, { status: 204, headers: { allow } });
}

/** Zero or one trailing slash is the same path. */
function withoutSlash(pathname: string): string {
  return pathname.length > 1 && pathname.endsWith('/') ? pathname.slice(0, -1) : pathname;
}

function bodyOf(request: Request): { body?: ReadableStream } {
  return request.body === null ? {} : { body: request.body };
}

function callerOf(callers: WeakMap<Request, Caller>, request: Request): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error('a request reached a route without having been let through');
  return caller;
}
