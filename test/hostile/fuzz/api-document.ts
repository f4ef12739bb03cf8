import type { Json, JsonObject } from '../../../src/api/openapi/written-schema.ts';

/** One way to call the server, as its own document of the API describes it. */
export interface Route {
  readonly method: string;
  /** Such as `/api/v0/host/{address}`. */
  readonly path: string;
  /** Every status that the document names for it. */
  readonly statuses: ReadonlySet<number>;
  readonly query: readonly QueryParameter[];
  /** Names of headers it looks at. */
  readonly headers: readonly string[];
  /** What it takes in a body, by content type. */
  readonly bodies: ReadonlyArray<{ readonly type: string; readonly schema: JsonObject }>;
}

export interface QueryParameter {
  /** Such as `labels.*` where it stands for many. */
  readonly name: string;
  readonly schema: JsonObject;
}

export interface ApiDocument {
  readonly routes: readonly Route[];
  /** The schema that is meant, where it is a reference. @throws Error when there is no such one */
  resolve(schema: JsonObject): JsonObject;
}

/** @throws Error when it is not a document of OpenAPI with at least one route */
export function readApiDocument(document: unknown): ApiDocument {
  const root = asObject(document);
  const resolve = (schema: JsonObject): JsonObject => {
    if (typeof schema.$ref !== 'string') return schema;
    const found = schema.$ref
      .replace('#/', '')
      .split('/')
      .reduce<JsonObject>((place, part) => asObject(place[part]), root);
    if (Object.keys(found).length === 0) throw new Error(`the document of the API has no ${schema.$ref}`);
    return resolve(found);
  };
  const routes = Object.entries(asObject(root.paths)).flatMap(([path, item]) =>
    Object.entries(asObject(item)).map(([method, operation]) => routeOf(path, method, asObject(operation), resolve)),
  );
  if (routes.length === 0) throw new Error('the document of the API has no routes');
  return { routes, resolve };
}

function routeOf(path: string, method: string, operation: JsonObject, resolve: ApiDocument['resolve']): Route {
  const parameters = asList(operation.parameters).map((parameter) => resolve(asObject(parameter)));
  const content = asObject(asObject(operation.requestBody).content);
  return {
    method: method.toUpperCase(),
    path,
    statuses: new Set(Object.keys(asObject(operation.responses)).map(Number)),
    query: parameters
      .filter((parameter) => parameter.in === 'query')
      .map(({ name, schema }) => ({ name: String(name), schema: asObject(schema) })),
    headers: parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => String(name)),
    bodies: Object.entries(content).map(([type, body]) => ({ type, schema: asObject(asObject(body).schema) })),
  };
}

/** The value as an object; an empty one when it is none. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The value as a list; an empty one when it is none. */
export function asList(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
