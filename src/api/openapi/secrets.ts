import { Type as t } from '@sinclair/typebox';
import { NoMembers } from '../body.ts';
import { json, type RouteDescriptions } from './route-description.ts';

const Rotated = t.Object({
  key: t.String({ description: 'The id of the key that counts now' }),
  records: t.Integer({ description: 'How many records were sealed anew' }),
});

export const secretDescriptions: RouteDescriptions = {
  'POST /api/v0/secret-keys/rotate': {
    id: 'rotateSecretKey',
    summary: 'Seals everything that is sealed anew, with a fresh master key: see docs/secrets.md',
    body: NoMembers,
    answers: { 200: json('What was done', Rotated, { key: '0a1b2c3d4e5f6071', records: 120 }) },
    problems: ['store_unusable'],
  },
};
