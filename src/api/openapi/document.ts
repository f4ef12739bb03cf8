import { version } from '../../lib/version.ts';
import { JsonPatch } from '../document-change.ts';
import { type RouteRule, routeRules } from '../permissions.ts';
import { auditDescriptions } from './audit.ts';
import { budgetDescriptions } from './budgets.ts';
import { clusterOperationDescriptions } from './cluster-operations.ts';
import { clusterDescriptions } from './clusters.ts';
import { conditionComponents, conditionsOf } from './conditions.ts';
import { containerManagerDescriptions } from './container-managers.ts';
import { eventDescriptions } from './events.ts';
import { hostDescriptions } from './hosts.ts';
import { listParameters } from './list-parameters.ts';
import { namedSchemas } from './named-schemas.ts';
import { networkDescriptions } from './networks.ts';
import { operationDescriptions } from './operations.ts';
import { ProblemResponses, problemsOf } from './problem-responses.ts';
import { roleDescriptions } from './roles.ts';
import type { AnswerDescription, PatchDescription, RouteDescription, RouteDescriptions } from './route-description.ts';
import { secretDescriptions } from './secrets.ts';
import { systemDescriptions } from './system.ts';
import { tokenDescriptions } from './tokens.ts';
import { type Json, type JsonObject, plain, type SchemaWriter, schemaWriter } from './written-schema.ts';

/** By the heading under which the document shows them. */
const groups: Readonly<Record<string, { about: string; routes: RouteDescriptions }>> = {
  Hosts: { about: 'Machines, their labels, how to log in to them, and their host keys', routes: hostDescriptions },
  Clusters: { about: 'Sets of hosts, and who is in them', routes: clusterDescriptions },
  'Operations on clusters': {
    about: "Rolling restarts, upgrades and deploys by the original's names",
    routes: clusterOperationDescriptions,
  },
  Operations: { about: 'Any kind of work on any target, and what became of it', routes: operationDescriptions },
  Budgets: { about: 'How many hosts may be down at once, over all operations', routes: budgetDescriptions },
  Roles: { about: 'Who may do what, and who the caller is', routes: roleDescriptions },
  Networks: { about: 'Overlay networks of new hosts', routes: networkDescriptions },
  'Container managers': {
    about: 'What the hosts of a cluster are nodes of, and how to reach it',
    routes: containerManagerDescriptions,
  },
  Tokens: { about: 'Credentials that are narrower and expire, and can be taken back', routes: tokenDescriptions },
  'Events and hooks': { about: 'What has changed, and what hooks gave up on', routes: eventDescriptions },
  Audit: { about: 'Who did what, in a chain that shows when it was changed', routes: auditDescriptions },
  Secrets: {
    about: 'Keys that other tools keep here, by the protocol of Custodia, and how secrets are sealed',
    routes: secretDescriptions,
  },
  'The server': { about: 'Whether it works, and what it is', routes: systemDescriptions },
};

/** What is said of every route there is. */
export const routeDescriptions: RouteDescriptions = Object.fromEntries(
  Object.values(groups).flatMap(({ routes }) => Object.entries(routes)),
);

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
  token: {
    ...inPath,
    name: 'token',
    description: 'The id of a token',
    example: '019a0000-0000-7000-8000-000000000009',
  },
  id: { ...inPath, name: 'id', description: 'Of an operation', example: '019a0000-0000-7000-8000-000000000001' },
};

/** The API as an OpenAPI 3.1 document: from the table of permissions, the descriptions and the schemas of the routes. */
export function openApiDocument(): JsonObject {
  const schemas = schemaWriter(namedSchemas);
  const problems = new ProblemResponses();
  const paths: Record<string, JsonObject> = {};
  for (const rule of routeRules) {
    const route = routeDescriptions[`${rule.method} ${rule.path}`];
    if (route === undefined) continue;
    const path = rule.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [rule.method.toLowerCase()]: operationOf(rule, route, schemas, problems) };
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
    tags: Object.entries(groups).map(([name, { about }]) => ({ name, description: about })),
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

function operationOf(
  rule: RouteRule,
  route: RouteDescription,
  schemas: SchemaWriter,
  problems: ProblemResponses,
): JsonObject {
  const { method, path, permission } = rule;
  const { id, summary, answers } = route;
  const tag = Object.entries(groups).find(([, { routes }]) => routes[`${method} ${path}`] === route)?.[0] ?? '';
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
      ...problems.refer(problemsOf(rule, route)),
    },
  };
}

function parametersOf(path: string, route: RouteDescription, schemas: SchemaWriter): Json[] {
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

/** A body may be left out where all its members may. */
function requestBodyOf(
  { body, bodyTold, bodyExample = {}, patch }: RouteDescription,
  schemas: SchemaWriter,
): JsonObject {
  if (patch !== undefined) return patchBodyOf(patch, schemas);
  if (body === undefined) return {};
  const content = { schema: schemas.write(bodyTold ?? body), example: plain(bodyExample) };
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
  route: RouteDescription,
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
