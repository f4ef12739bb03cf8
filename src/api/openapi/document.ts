import { version } from '../../lib/version.ts';
import { JsonPatch } from '../document-change.ts';
import type { AnswerDescription, PatchDescription, Route } from '../route-group.ts';
import { routeGroups, routes } from '../route-groups.ts';
import { conditionComponents, conditionsOf } from './conditions.ts';
import { listParameters } from './list-parameters.ts';
import { namedSchemas } from './named-schemas.ts';
import { ProblemResponses, problemsOf } from './problem-responses.ts';
import { type Json, type JsonObject, plain, type SchemaWriter, schemaWriter } from './written-schema.ts';

const description = `Rolling operations over clusters of machines that only need SSH.

Bodies are JSON objects of at most 1 MiB; the content type of a request is not looked at, but that of a JSON Patch, which is
an array; members a route does not know are ignored, and one trailing slash is the same path. Every GET is a HEAD too, and
OPTIONS is answered everywhere. A path that is not there is \`route_not_found\` (404), a method that a path does not know
\`method_not_allowed\` (405) with \`Allow\`; to callers without credentials both are \`credentials_required\`. Every answer carries \`X-Request-Id\`. A failure is a problem
document (RFC 9457) with a stable \`code\`. Timestamps are UTC, YYYY-MM-DDTHH:MM:SS.ffffff; memory and space are kilobytes.`;

const inPath = { in: 'path', required: true, schema: { type: 'string' } };
const pathParameters: JsonObject = {
  address: {
    ...inPath,
    name: 'address',
    description: 'IPv4 or IPv6 address or DNS name of a host',
    example: '192.0.2.11',
  },
  name: { ...inPath, name: 'name', description: '1 to 255 letters, digits, - and _', example: 'web' },
  secret: {
    ...inPath,
    name: 'secret',
    description: 'The path of a key, or with a slash at its end of a container; its slashes may be written as they are',
    example: 'web/password',
  },
  page: {
    ...inPath,
    name: 'page',
    description: 'The name of a file of the manual',
    example: 'targets.html',
  },
  backup: {
    ...inPath,
    name: 'backup',
    description: 'Name of a backup',
    example: 'jump1-2026-11-30T23-00-12Z.backup',
  },
  token: {
    ...inPath,
    name: 'token',
    description: 'The id of a token',
    example: '019a0000-0000-7000-8000-000000000009',
  },
  id: {
    ...inPath,
    name: 'id',
    description: 'The id of an operation, or its number',
    example: '019a0000-0000-7000-8000-000000000001',
  },
};

/** The API as an OpenAPI 3.1 document, made from the declarations of the routes. */
export function openApiDocument(): JsonObject {
  const schemas = schemaWriter(namedSchemas);
  const problems = new ProblemResponses();
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, schemas, problems) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Commissaire',
      version,
      description,
      license: { name: 'GPL-3.0-or-later', identifier: 'GPL-3.0-or-later' },
    },
    servers: [{ url: '/' }],
    security: [{ basic: [] }, { bearer: [] }],
    tags: routeGroups.map(({ title, description }) => ({ name: title, description })),
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(namedSchemas).map(([name, schema]) => [name, schemas.define(schema)])),
      responses: { ...problems.responses, ...conditionComponents.responses },
      examples: problems.examples,
      parameters: { ...pathParameters, ...conditionComponents.parameters },
      headers: {
        'X-Request-Id': { description: 'As in the log of the server', schema: { type: 'string' } },
        'X-Total-Count': { description: 'How many records there are on all pages', schema: { type: 'integer' } },
        ...conditionComponents.headers,
      },
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic' },
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of this server' },
      },
    },
  };
}

const needs: Readonly<Record<string, string>> = {
  public: 'Needs no credentials.',
  authenticated: "Needs credentials, and no permission for what is the caller's own.",
};

function operationOf(route: Route, schemas: SchemaWriter, problems: ProblemResponses): JsonObject {
  const { id, path, permission, summary, answers } = route;
  const tag = routeGroups.find(({ routes }) => routes.includes(route))?.title ?? '';
  const parameters = parametersOf(path, route, schemas);
  const isPublic = permission === 'public';
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: needs[permission] ?? `Needs the permission \`${permission}\`.`,
    ...(isPublic ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBodyOf(route, schemas),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, route, schemas)]),
      ),
      ...conditionsOf(route).responses,
      ...problems.refer(problemsOf(route)),
    },
  };
}

function parametersOf(path: string, route: Route, schemas: SchemaWriter): Json[] {
  const { query, list, parameters = [] } = route;
  const named = Array.from(path.matchAll(/:(\w+)/g), ([, name]) => ({ $ref: `#/components/parameters/${name}` }));
  const inQuery = Object.entries(query?.properties ?? {}).map(([name, schema]) => {
    const required = query?.required?.includes(name) ?? false;
    return { name, in: 'query', required, schema: schemas.write(schema) };
  });
  const ofList = list === undefined ? [] : listParameters(list);
  const extra = [...ofList, ...parameters].map(({ schema, ...others }) => ({
    ...others,
    schema: schemas.write(schema),
  }));
  return [...named, ...inQuery, ...extra, ...conditionsOf(route).parameters];
}

/** A body is optional when all its members are. */
function requestBodyOf({ body, documentedBody, bodyExample = {}, patch }: Route, schemas: SchemaWriter): JsonObject {
  if (patch !== undefined) return patchBodyOf(patch, schemas);
  if (body === undefined) return {};
  const content = { schema: schemas.write(documentedBody ?? body), example: plain(bodyExample) };
  const required = Array.isArray(body.required) && body.required.length > 0;
  return { requestBody: { required, content: { 'application/json': content } } };
}

function patchBodyOf({ merge, example, lines }: PatchDescription, schemas: SchemaWriter): JsonObject {
  const content = {
    'application/merge-patch+json': { schema: schemas.write(merge), example: plain(example) },
    'application/json-patch+json': { schema: schemas.write(JsonPatch), example: plain(lines) },
  };
  return { requestBody: { required: false, content } };
}

function answerOf(
  { description, content = {}, headers = {} }: AnswerDescription,
  route: Route,
  schemas: SchemaWriter,
): JsonObject {
  const bodies = Object.entries(content).map(([type, { schema, example }]) => {
    return [type, { schema: schemas.write(schema), example: plain(example) }] as const;
  });
  const own = Object.entries(headers).map(([name, text]) => {
    return [name, { description: text, schema: { type: 'string' } }] as const;
  });
  return {
    description,
    headers: {
      'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
      ...(route.list === undefined ? {} : { 'X-Total-Count': { $ref: '#/components/headers/X-Total-Count' } }),
      ...conditionsOf(route).headers,
      ...Object.fromEntries(own),
    },
    ...(bodies.length === 0 ? {} : { content: Object.fromEntries(bodies) }),
  };
}
