import { Type as t } from '@sinclair/typebox';
import { Token } from '../../auth/tokens/token.ts';
import { NoMembers } from '../body.ts';
import { listRules } from '../list-rules.ts';
import { RenewalBody, RevocationQuery, TokenBody } from '../token-body.ts';
import { json, nothing, type RouteDescriptions } from './route-description.ts';

const id = '019a0000-0000-7000-8000-000000000009';
const token = {
  id,
  kind: 'automation',
  owner: 'alice',
  method: 'httpbasicauth',
  note: 'nightly upgrades',
  grants: [{ role: 'operator', permissions: ['host:read', 'operation:run'], clusters: ['web*'], max_hosts: 5 }],
  lineage: [],
  created_at: '2026-01-02T03:04:05.678000',
  expires_at: '2026-04-02T03:04:06.000000',
  ends_at: '2026-04-02T03:04:06.000000',
  revoked_at: '',
  registration: null,
};
const minted = { ...token, token: 'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.….…', expires_in: 7_776_000 };

export const MintedToken = t.Object({
  ...Token.properties,
  token: t.String({ description: 'Shown this once; sent as `Authorization: Bearer …`' }),
  expires_in: t.Integer({ description: 'Seconds' }),
});

export const tokenDescriptions: RouteDescriptions = {
  'GET /api/v0/tokens': {
    id: 'listTokens',
    summary: "The caller's own tokens, with the permission token:read those of everybody; the newest first",
    list: listRules.tokens,
    tags: 'shown',
    answers: { 200: json('The tokens', t.Array(Token), [token]) },
  },
  'POST /api/v0/tokens': {
    id: 'mintToken',
    summary: 'Mints a token that may at most what the caller may',
    body: TokenBody,
    bodyExample: {
      kind: 'automation',
      lifetime: 7_776_000,
      note: 'nightly upgrades',
      roles: ['operator'],
      clusters: ['web*'],
      max_hosts: 5,
    },
    answers: { 201: json('The token, and itself', MintedToken, minted) },
    problems: ['invalid_name', 'wider_than_own', 'too_many_tokens'],
  },
  'DELETE /api/v0/tokens': {
    id: 'revokeTokens',
    summary: 'Revokes all tokens of an owner, which ends them at once',
    query: RevocationQuery,
    answers: {
      200: json('How many there were', t.Object({ owner: t.String(), revoked: t.Integer() }), {
        owner: 'alice',
        revoked: 3,
      }),
    },
  },
  'GET /api/v0/tokens/current': {
    id: 'getCurrentToken',
    summary: 'The token that the request came with',
    answers: { 200: json('The token', Token, token) },
    problems: ['token_not_found'],
  },
  'DELETE /api/v0/tokens/current': {
    id: 'revokeCurrentToken',
    summary: 'Revokes the token that the request came with, and all that were minted with it',
    answers: { 200: nothing },
    problems: ['token_not_found'],
  },
  'POST /api/v0/tokens/current/renew': {
    id: 'renewToken',
    summary: 'The session that the request came with for another while, up to 12 hours from the login',
    body: RenewalBody,
    bodyExample: { lifetime: 600 },
    answers: { 200: json('The token, and itself', MintedToken, minted) },
    problems: ['token_not_found', 'not_renewable'],
  },
  'GET /api/v0/token/:token': {
    id: 'getToken',
    summary: 'One token, without itself',
    answers: { 200: json('The token', Token, token) },
  },
  'DELETE /api/v0/token/:token': {
    id: 'revokeToken',
    summary: 'Revokes a token, and all that were minted with it, at once',
    answers: { 200: nothing },
  },
  'POST /api/v0/token-keys/rotate': {
    id: 'rotateTokenKeys',
    summary: 'Makes another key that signs tokens; those before it are good until the last of their tokens expires',
    body: NoMembers,
    answers: {
      200: json('The keys, by their ids', t.Object({ key: t.String(), retired: t.Array(t.String()) }), {
        key: id,
        retired: ['019a0000-0000-7000-8000-000000000008'],
      }),
    },
  },
};
