import { type Static, type TObject, type TSchema, Type as t } from '@sinclair/typebox';
import type { ProblemCode } from '../lib/problems.ts';
import type { Services } from './context.ts';
import type { JsonPatch } from './document-change.ts';
import type { AnswerHead } from './etag.ts';
import type { ListRules } from './list-query.ts';
import type { RouteRule } from './permissions.ts';

/** The declaration of a route: who may use it, what it takes, and what it answers. */
export type RouteDeclaration = RouteRule & RouteDescription;

/** The description of a route in the API document; requests are checked against it. */
export interface RouteDescription {
  readonly summary: string;
  readonly query?: TObject;
  /** Parameters that the schema of the query cannot name. */
  readonly parameters?: readonly ExtraParameter[];
  /** The members that the list can be filtered and sorted by. */
  readonly list?: ListRules;
  /** `read`: the answer has an `ETag`, and may be 304. `change`: `If-Match` and `If-None-Match` are checked first. */
  readonly conditional?: 'read' | 'change';
  /** The body of a PATCH. */
  readonly patch?: PatchDescription;
  /** Left out where no body is read. */
  readonly body?: TSchema;
  /** Where the document describes the body in more detail than the route checks. */
  readonly documentedBody?: TSchema;
  readonly bodyExample?: object;
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** Codes beyond those that follow from the method, the path, the query and the body. */
  readonly problems?: readonly ProblemCode[];
}

export interface PatchDescription {
  /** The schema of a JSON Merge Patch. */
  readonly merge: TSchema;
  readonly example: object;
  /** The same as a JSON Patch. */
  readonly lines: JsonPatch;
}

export interface ExtraParameter {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly description: string;
  readonly schema: TSchema;
  /** Whether each item is a parameter of its own, instead of one parameter with commas. */
  readonly explode?: boolean;
}

export interface AnswerDescription {
  readonly description: string;
  /** By media type; left out for an answer without a body. */
  readonly content?: Readonly<Record<string, { schema: TSchema; example: unknown }>>;
  /** What each header means. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route with its name in the API document and in clients made from it. */
export type Route = RouteDeclaration & { readonly id: string };

/** The arguments of a route's handler. */
export interface RouteContext<Params = Readonly<Record<string, string>>, Body = unknown, Query = unknown> {
  readonly params: Params;
  readonly body: Body;
  readonly query: Query;
  readonly request: Request;
  readonly set: AnswerHead;
}

export type Handler = (context: RouteContext) => unknown;

/** Routes that belong together, usually those of one noun. */
export interface RouteGroup {
  /** The heading in the API document. */
  readonly title: string;
  readonly description: string;
  /** The schemas that the API document names. */
  readonly schemas: Readonly<Record<string, TSchema>>;
  readonly routes: readonly Route[];
  /** By route id. */
  readonly handlers: (services: Services) => Readonly<Record<string, Handler>>;
}

type ParameterOf<Path extends string> = Path extends `${infer Before}/${infer After}`
  ? ParameterOf<Before> | ParameterOf<After>
  : Path extends `:${infer Name}`
    ? Name
    : never;
type BodyOf<Declared> = Declared extends { body: infer Body extends TSchema } ? Static<Body> : unknown;
type QueryOf<Declared> = Declared extends { query: infer Query extends TSchema } ? Static<Query> : unknown;
type ContextOf<Declared extends RouteDeclaration> = RouteContext<
  Readonly<Record<ParameterOf<Declared['path']>, string>>,
  BodyOf<Declared>,
  QueryOf<Declared>
>;
/** A handler for each route. */
export type Handlers<Routes extends Readonly<Record<string, RouteDeclaration>>> = {
  readonly [Id in keyof Routes]: (context: ContextOf<Routes[Id]>) => unknown;
};

interface DeclaredGroup<Routes extends Readonly<Record<string, RouteDeclaration>>>
  extends Omit<RouteGroup, 'schemas' | 'routes' | 'handlers'> {
  readonly schemas?: RouteGroup['schemas'];
  /** By route id. */
  readonly routes: Routes;
  readonly handlers: (services: Services) => Handlers<Routes>;
}

/**
 * Declares routes. The declaration decides who may use a route and what the framework checks; the API document and the
 * tests over all routes are made from it.
 */
export function routeGroup<const Routes extends Readonly<Record<string, RouteDeclaration>>>(
  group: DeclaredGroup<Routes>,
): RouteGroup {
  const { title, description, schemas = {} } = group;
  return {
    title,
    description,
    schemas,
    routes: Object.entries(group.routes).map(([id, declared]) => ({ id, ...declared })),
    // The declaration of a route determines the type of its handler, and requests are checked against the same
    // declaration.
    handlers: (services) => group.handlers(services) as Readonly<Record<string, Handler>>,
  };
}

/** Checks routes that are declared apart from their handlers. */
export function declareRoutes<const Routes extends Readonly<Record<string, RouteDeclaration>>>(routes: Routes): Routes {
  return routes;
}

export function json(description: string, schema: TSchema, example: unknown): AnswerDescription {
  return { description, content: { 'application/json': { schema, example } } };
}

export const names = t.Array(t.String());

/** The answer after a deletion. */
export const nothing = json('Done', t.Array(t.Unknown(), { maxItems: 0 }), []);
