import { Type as t } from '@sinclair/typebox';
import { SecretValue } from '../../inventory/secret.ts';
import { NoMembers } from '../body.ts';
import { SecretQuery } from '../secrets.ts';
import { json, type RouteDescriptions } from './route-description.ts';

const Rotated = t.Object({
  key: t.String({ description: 'The id of the key that counts now' }),
  records: t.Integer({ description: 'How many records were sealed anew' }),
});

const value = { type: 'simple', value: 'aHVudGVyMg==' };
const Made = t.Object({ name: t.String({ description: 'The path of what was made' }) });

export const secretDescriptions: RouteDescriptions = {
  'GET /api/v0/secrets/:secret': {
    id: 'getSecret',
    summary: 'A key, or what is in a container: see docs/secrets.md',
    query: SecretQuery,
    answers: {
      200: {
        description: 'The key, as JSON or as it is when the request accepts bytes only; of a container the names in it',
        content: {
          'application/json': { schema: t.Union([SecretValue, t.Array(t.String())]), example: value },
          'application/octet-stream': { schema: t.String({ format: 'binary' }), example: 'hunter2' },
        },
      },
    },
    problems: ['secret_type_differs'],
  },
  'PUT /api/v0/secrets/:secret': {
    id: 'putSecret',
    summary: 'Puts a key where none is; a body of application/octet-stream is the value itself',
    body: SecretValue,
    bodyExample: value,
    answers: { 201: json('It is there', Made, { name: 'web/password' }) },
    problems: ['method_not_allowed', 'secret_exists', 'too_many_secrets'],
  },
  'POST /api/v0/secrets/:secret': {
    id: 'makeSecretContainer',
    summary: 'Makes a container; its path ends with a slash',
    body: NoMembers,
    answers: { 201: json('It is there', Made, { name: 'web/' }) },
    problems: ['secret_exists', 'too_many_secrets'],
  },
  'DELETE /api/v0/secrets/:secret': {
    id: 'deleteSecret',
    summary: 'Deletes a key, or a container that is empty',
    answers: { 204: { description: 'It is gone' } },
    problems: ['container_not_empty'],
  },
  'POST /api/v0/secret-keys/rotate': {
    id: 'rotateSecretKey',
    summary: 'Seals everything that is sealed anew, with a fresh master key: see docs/secrets.md',
    body: NoMembers,
    answers: { 200: json('What was done', Rotated, { key: '0a1b2c3d4e5f6071', records: 120 }) },
    problems: ['store_unusable'],
  },
};
