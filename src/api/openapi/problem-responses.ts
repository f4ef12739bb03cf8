import { Type as t } from '@sinclair/typebox';
import { type ProblemCode, problems } from '../../lib/problems.ts';
import { NoMembers } from '../body.ts';
import { problemType } from '../problem.ts';
import type { Route } from '../route-group.ts';
import { conditionsOf } from './conditions.ts';
import type { JsonObject } from './written-schema.ts';

/** A problem document (RFC 9457). */
export const Problem = t.Object(
  {
    type: t.String({ description: 'urn:commissaire:problem: and the code' }),
    title: t.String({ description: 'What kind of failure it is' }),
    status: t.Integer(),
    detail: t.String({ description: 'What went wrong this time' }),
    code: t.String({ description: 'Stable: programs may depend on it. `commctl explain CODE` explains it' }),
    hint: t.Optional(t.String({ description: 'What to do about it' })),
    request_id: t.String({ description: 'As in X-Request-Id and the log of the server' }),
  },
  { additionalProperties: true, description: 'Some codes add members.' },
);

/**
 * Every code that the route can answer: those it lists, and those that follow from its method, path, query and body.
 */
export function problemsOf(route: Route): ProblemCode[] {
  const { method, path, permission } = route;
  const codes: ProblemCode[] = ['invalid_url', 'too_many_requests', 'internal_error', ...(route.problems ?? [])];
  if (permission !== 'public') {
    codes.push('credentials_required', 'credentials_refused', 'forbidden', 'too_many_attempts');
    codes.push('not_audited', 'shutting_down', 'store_full');
  }
  if (path.includes('/:address')) codes.push('invalid_address');
  if (path.includes('/:secret')) codes.push('invalid_name', 'secret_not_found');
  if (path.includes('/:name')) codes.push('invalid_name');
  if (path.includes('/:id')) codes.push('operation_not_found');
  if (path.includes('/:token')) codes.push('token_not_found');
  if (route.query !== undefined || route.list !== undefined) codes.push('invalid_member');
  if (route.body !== undefined || route.patch !== undefined) {
    codes.push('invalid_body', 'body_too_large', 'encoding_unsupported');
    if (route.body !== NoMembers) codes.push('invalid_member');
  }
  if (route.patch !== undefined) codes.push('patch_failed');
  codes.push(...conditionsOf(route).problems);
  if (method !== 'GET') codes.push('conflict');
  // In the order of the catalogue.
  return codesInOrder.filter((code) => codes.includes(code));
}

const codesInOrder = Object.keys(problems).filter(isCode);

function isCode(text: string): text is ProblemCode {
  return Object.hasOwn(problems, text);
}

/** The responses of problems, each made once; the routes refer to them. */
export class ProblemResponses {
  readonly responses: JsonObject = {};
  readonly examples: JsonObject = {};

  /** By status. */
  refer(codes: readonly ProblemCode[]): JsonObject {
    const byStatus = Map.groupBy(codes, (code) => problems[code].status);
    return Object.fromEntries(
      [...byStatus].map(([status, alike]) => {
        const name = alike.join('.');
        this.responses[name] ??= this.#response(status, alike);
        return [String(status), { $ref: `#/components/responses/${name}` }];
      }),
    );
  }

  #response(status: number, codes: readonly ProblemCode[]): JsonObject {
    for (const code of codes) this.examples[code] ??= { summary: problems[code].title, value: exampleOf(code) };
    const own = { properties: { status: { const: status }, code: { enum: [...codes] } } };
    return {
      description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('. '),
      headers: { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } },
      content: {
        [problemType]: {
          schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, own] },
          examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
        },
      },
    };
  }
}

function exampleOf(code: ProblemCode): JsonObject {
  const { status, title } = problems[code];
  const request_id = '019a0000-0000-7000-8000-000000000000';
  return { type: `urn:commissaire:problem:${code}`, title, status, detail: title, code, request_id };
}
