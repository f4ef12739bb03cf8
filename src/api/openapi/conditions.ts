import type { ProblemCode } from '../../lib/problems.ts';
import type { RouteDescription } from '../route-group.ts';
import type { Json, JsonObject } from './written-schema.ts';

/** The shared components about tags (RFC 9110). */
export const conditionComponents = {
  parameters: {
    'If-Match': header(
      'If-Match',
      'Tags of which the record must have one, or * for a record that must be there',
      '"7"',
    ),
    'If-None-Match': header('If-None-Match', 'Tags of which the record must have none, or * for a new record', '*'),
    Known: header('If-None-Match', 'The tag of what is known already; it is not sent again', '"7"'),
  },
  headers: {
    ETag: {
      description: 'Changes with what is shown: see `commctl help api`',
      schema: { type: 'string' },
      example: '"7"',
    },
  },
  responses: {
    not_modified: {
      description: 'Nothing has changed',
      headers: { ETag: reference('headers', 'ETag'), 'X-Request-Id': reference('headers', 'X-Request-Id') },
    },
  },
} as const satisfies Record<string, JsonObject>;

interface Conditions {
  parameters: Json[];
  /** Headers of the answers that are not problems. */
  headers: JsonObject;
  responses: JsonObject;
  problems: ProblemCode[];
}

/** What a conditional route adds to its description. */
export function conditionsOf({ conditional }: Pick<RouteDescription, 'conditional'>): Conditions {
  if (conditional === undefined) return { parameters: [], headers: {}, responses: {}, problems: [] };
  if (conditional === 'change') {
    const parameters = [reference('parameters', 'If-Match'), reference('parameters', 'If-None-Match')];
    return { parameters, headers: {}, responses: {}, problems: ['invalid_member', 'precondition_failed'] };
  }
  return {
    parameters: [reference('parameters', 'Known')],
    headers: { ETag: reference('headers', 'ETag') },
    responses: { 304: reference('responses', 'not_modified') },
    problems: ['invalid_member'],
  };
}

function header(name: string, description: string, example: string) {
  return { name, in: 'header', description, schema: { type: 'string' }, example };
}

function reference(kind: string, name: string) {
  return { $ref: `#/components/${kind}/${name}` };
}
