import { readBase64, readJsonArray, readJsonObject } from './body.ts';
import type { Services } from './context.ts';
import { isJsonPatch } from './document-change.ts';
import { Elysia, own } from './framework.ts';
import { withIdOfOperation } from './operation-reference.ts';
import type { Handler, Route, RouteContext } from './route-group.ts';
import { routeGroups } from './route-groups.ts';
import { isSecretBytes } from './secrets.ts';
import { refuseUnknown, validationProblem } from './validation.ts';

/** Answers a request that failed. */
export type FailureResponder = (error: unknown, request: Request) => Response;

/** All routes. Authorisation comes before a request gets here. */
export function createRoutes(services: Services, fail: FailureResponder) {
  // The default way of dropping unknown members would replace any value by an empty object where an object is expected.
  const app = new Elysia({ name: 'api', normalize: 'typebox' })
    .onParse({ as: 'global' }, async ({ request }) => {
      if (isSecretBytes(request)) return { type: 'simple', value: await readBase64(request) };
      return isJsonPatch(request) ? readJsonArray(request) : readJsonObject(request);
    })
    .onError({ as: 'global' }, ({ error, code, request }) => fail(foreseen(code, error, request), request));
  for (const { routes, handlers } of routeGroups) {
    const handlerOf = handlers(services);
    for (const route of routes) {
      const handler = handlerOf[route.id];
      if (handler === undefined) throw new Error(`the route ${route.id} has no handler`);
      const { body, query } = route;
      app.route(route.method, route.path, called(route, withIdOfOperation(route, handler, services)), {
        ...(body === undefined ? {} : { body: own(body) }),
        // Before the framework drops members that the schema does not know.
        ...(body?.properties?.strategy === undefined
          ? {}
          : { transform: ({ body: given, request }) => refuseUnknown(body, given, request.url) }),
        ...(query === undefined ? {} : { query: own(query) }),
      });
    }
  }
  return app;
}

/**
 * The framework reads from the source of a function which parts of a request it must prepare: only the declared ones.
 */
function called({ body, patch, query }: Route, handler: Handler): Handler {
  const hasBody = body !== undefined || patch !== undefined;
  if (hasBody && query !== undefined) {
    return ({ params, body, query, request, set }: RouteContext) => handler({ params, body, query, request, set });
  }
  if (hasBody) {
    return ({ params, body, request, set }: RouteContext) => handler({ params, body, query: {}, request, set });
  }
  if (query !== undefined) {
    return ({ params, query, request, set }: RouteContext) => handler({ params, body: undefined, query, request, set });
  }
  return ({ params, request, set }: RouteContext) => handler({ params, body: undefined, query: {}, request, set });
}

/** Turns errors that the framework wraps or words in its own way into problems of this server. */
function foreseen(code: string | number, error: unknown, { url }: Request): unknown {
  if (code === 'VALIDATION') return validationProblem(error, url);
  return code === 'PARSE' && error instanceof Error ? error.cause : error;
}
