import { expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';
import { recordedJson } from '../fixtures/recorded-site.ts';
import { startServer } from '../support/server.ts';
import { takenAway } from './taken-away.ts';

test('of the API document of the first build nothing was taken away', async () => {
  await using server = await startServer();
  const { body } = await server.request('GET', '/openapi.json');
  expect(takenAway(recordedJson('first-build', 'openapi'), body)).toEqual([]);
});

test('who may use the routes of the first build is as it was', () => {
  const before = recordedJson('first-build', 'permissions');
  expect(routeRules).toEqual(expect.arrayContaining(Array.isArray(before) ? before : [before]));
});

const schema = (members: object) => ({ components: { schemas: { Host: members } } });
const body = (members: object) => ({ paths: { '/a': { put: { requestBody: members } } } });

test.each([
  [
    'a member',
    schema({ properties: { a: {}, b: {} } }),
    schema({ properties: { a: {} } }),
    ['/components/schemas/Host/properties/b'],
  ],
  ['a value', schema({ enum: ['a', 'b'] }), schema({ enum: ['b', 'c'] }), ['/components/schemas/Host/enum: "a"']],
  [
    'an alternative',
    schema({ pattern: '^-?(a|b)$' }),
    schema({ pattern: '^-?(b|c)$' }),
    ['/components/schemas/Host/pattern: "^-?(a|b)$"'],
  ],
  ['a type', schema({ type: 'string' }), schema({ type: 'number' }), ['/components/schemas/Host/type: "string"']],
  [
    'a parameter',
    { parameters: [{ in: 'query', name: 'a' }] },
    { parameters: [{ in: 'path', name: 'a' }] },
    ['/parameters: {"in":"query","name":"a"}'],
  ],
  [
    'the freedom to leave something out',
    body({ required: ['a'] }),
    body({ required: ['a', 'b'] }),
    ['/paths/~1a/put/requestBody/required: not "b"'],
  ],
])('%s that is gone is found', (_, before, now, expected) => {
  expect(takenAway(before, now)).toEqual(expected);
});

test('a further problem of an answer is an addition, another one instead is not', () => {
  const answer = (codes: string) => ({ $ref: `#/components/responses/${codes}` });
  expect(takenAway(answer('a.b'), answer('a.c.b'))).toEqual([]);
  expect(takenAway(answer('a.b'), answer('a.c'))).toEqual(['/$ref: "#/components/responses/a.b"']);
});

test('a description that reads better, a new member, a further alternative and a larger bound are additions', () => {
  const before = schema({ description: 'a', properties: { a: { maxLength: 5, pattern: '^(a|b)$' } } });
  const now = schema({ description: 'b', properties: { a: { maxLength: 9, pattern: '^(a|c|b)$' }, c: {} } });
  expect(takenAway(before, now)).toEqual([]);
  expect(takenAway(schema({ type: 'array' }), schema({ anyOf: [{ type: 'array' }, { type: 'object' }] }))).toEqual([]);
  expect(takenAway(schema({ type: 'string' }), schema({ anyOf: [{ type: 'array' }] }))).not.toEqual([]);
});
