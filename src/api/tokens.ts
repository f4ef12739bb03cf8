import { type Static, Type as t } from '@sinclair/typebox';
import { requestedGrants } from '../auth/tokens/requested-grants.ts';
import { Token, TokenGrant, TokenRegistration, tokenKinds } from '../auth/tokens/token.ts';
import { tokenNotFound } from '../auth/tokens/tokens.ts';
import { forbidden } from './authorisation.ts';
import { NoMembers } from './body.ts';
import type { Caller } from './caller.ts';
import { contentState } from './etag.ts';
import { checkKnownCluster } from './known-cluster.ts';
import { listAnswer } from './list-answer.ts';
import type { ListRules } from './list-query.ts';
import { json, nothing, routeGroup } from './route-group.ts';
import { RenewalBody, RevocationQuery, renewalOf, requestedOf, TokenBody, wantedOf } from './token-body.ts';

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
export type MintedToken = Static<typeof MintedToken>;

/** The members that the list can be filtered and sorted by. */
const tokensList = {
  fields: {
    id: 'text',
    kind: 'text',
    owner: 'text',
    method: 'text',
    note: 'text',
    created_at: 'text',
    expires_at: 'text',
    ends_at: 'text',
    revoked_at: 'text',
    lineage: 'text',
    'registration.*': 'text',
  },
  values: { kind: tokenKinds },
} satisfies ListRules;

/** Bearer tokens: the caller's own, and with a permission those of others. */
export const tokenRoutes = routeGroup({
  title: 'Tokens',
  description: 'Credentials that are narrower and expire, and can be taken back',
  schemas: { Token, MintedToken, TokenGrant, TokenRegistration },
  routes: {
    listTokens: {
      method: 'GET',
      path: '/api/v0/tokens',
      permission: 'authenticated',
      summary: "The caller's own tokens, with the permission token:read those of everybody; the newest first",
      list: tokensList,
      conditional: 'read',
      answers: { 200: json('The tokens', t.Array(Token), [token]) },
    },
    mintToken: {
      method: 'POST',
      path: '/api/v0/tokens',
      permission: 'authenticated',
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
      problems: ['invalid_name', 'wider_than_own', 'cluster_unknown', 'too_many_tokens'],
    },
    revokeTokens: {
      method: 'DELETE',
      path: '/api/v0/tokens',
      permission: 'authenticated',
      summary: 'Revokes all tokens of an owner, which ends them at once',
      query: RevocationQuery,
      answers: {
        200: json('How many there were', t.Object({ owner: t.String(), revoked: t.Integer() }), {
          owner: 'alice',
          revoked: 3,
        }),
      },
    },
    getCurrentToken: {
      method: 'GET',
      path: '/api/v0/tokens/current',
      permission: 'authenticated',
      summary: 'The token that the request came with',
      answers: { 200: json('The token', Token, token) },
      problems: ['token_not_found'],
    },
    revokeCurrentToken: {
      method: 'DELETE',
      path: '/api/v0/tokens/current',
      permission: 'authenticated',
      summary: 'Revokes the token that the request came with, and all that were minted with it',
      answers: { 200: nothing },
      problems: ['token_not_found'],
    },
    renewToken: {
      method: 'POST',
      path: '/api/v0/tokens/current/renew',
      permission: 'authenticated',
      summary: 'The session that the request came with for another while, up to 12 hours from the login',
      body: RenewalBody,
      bodyExample: { lifetime: 600 },
      answers: { 200: json('The token, and itself', MintedToken, minted) },
      problems: ['token_not_found', 'not_renewable'],
    },
    getToken: {
      method: 'GET',
      path: '/api/v0/token/:token',
      permission: 'authenticated',
      summary: 'One token, without itself',
      answers: { 200: json('The token', Token, token) },
    },
    revokeToken: {
      method: 'DELETE',
      path: '/api/v0/token/:token',
      permission: 'authenticated',
      summary: 'Revokes a token, and all that were minted with it, at once',
      answers: { 200: nothing },
    },
    rotateTokenKeys: {
      method: 'POST',
      path: '/api/v0/token-keys/rotate',
      permission: 'token_key:write',
      about: 'site',
      summary: 'Makes another key that signs tokens; those before it are good until the last of their tokens expires',
      body: NoMembers,
      answers: {
        200: json('The keys, by their ids', t.Object({ key: t.String(), retired: t.Array(t.String()) }), {
          key: id,
          retired: ['019a0000-0000-7000-8000-000000000008'],
        }),
      },
    },
  },
  handlers: ({ tokens, roles, clusters, callerOf }) => {
    const current = async (request: Request) => {
      const id = callerOf(request).identity.token?.id;
      const found = id === undefined ? undefined : await tokens.find(id);
      if (found === undefined) throw tokenNotFound('of the caller, who came with other credentials');
      return found;
    };
    /** Only a caller who may do this to the token learns whether it exists. */
    const found = async (id: string, caller: Caller, permission: 'token:read' | 'token:write') => {
      const token = await tokens.find(id);
      if (caller.access.allowsEverywhere(permission)) {
        if (token === undefined) throw tokenNotFound(id);
        return token;
      }
      if (token !== undefined && isOwn(caller, token)) return token;
      throw forbidden(
        caller,
        permission,
        `has no such token, and lacks the permission ${permission} for those of others`,
      );
    };
    return {
      listTokens: ({ request, set }) => {
        const caller = callerOf(request);
        const seesAll = caller.access.allowsEverywhere('token:read');
        const view = seesAll ? undefined : { state: stateOf(caller) };
        const isVisible = (token: Token) => seesAll || isOwn(caller, token);
        return listAnswer(
          { request, set, view },
          tokensList,
          () => tokens.revision(),
          (selection) => tokens.select(selection, isVisible),
        );
      },
      mintToken: async ({ body, request, set }) => {
        const caller = callerOf(request);
        const wanted = wantedOf(body);
        const grants = requestedGrants(caller.access, requestedOf(wanted, body), await roles.all());
        if (wanted.kind === 'registration') await checkKnownCluster(clusters, caller, wanted.cluster);
        set.status = 201;
        return tokens.mint(wanted, grants, caller);
      },
      revokeTokens: async ({ query, request }) => {
        const caller = callerOf(request);
        const { owner } = query;
        const mayAll = caller.access.allowsEverywhere('token:write');
        if (owner !== caller.identity.name && !mayAll) {
          throw forbidden(caller, 'token:write', `lacks the permission token:write for the tokens of others`);
        }
        const isTouchable = (token: Token) => mayAll || isOwn(caller, token);
        return { owner, revoked: await tokens.revokeAll(owner, caller.identity.name, isTouchable) };
      },
      getCurrentToken: ({ request }) => current(request),
      revokeCurrentToken: async ({ request }) => {
        const { id } = await current(request);
        await tokens.revoke(id, callerOf(request).identity.name);
        return [];
      },
      renewToken: async ({ body, request }) => {
        const seconds = renewalOf(body);
        return tokens.renew((await current(request)).id, seconds);
      },
      getToken: ({ params, request }) => found(params.token, callerOf(request), 'token:read'),
      revokeToken: async ({ params, request }) => {
        const caller = callerOf(request);
        const { id } = await found(params.token, caller, 'token:write');
        await tokens.revoke(id, caller.identity.name);
        return [];
      },
      rotateTokenKeys: () => tokens.rotateKeys(),
    };
  },
});

/**
 * Whether the token is the caller's own to see and to revoke. A caller that has logged in owns all tokens in its name.
 * An automation token owns only itself and the tokens minted with it, so that a stolen one cannot end others.
 */
function isOwn({ identity: { name, token } }: Pick<Caller, 'identity'>, { owner, id, lineage }: Token): boolean {
  if (owner !== name) return false;
  return token === undefined || token.kind === 'session' || id === token.id || lineage.includes(token.id);
}

/** Equal for callers who see the same tokens. */
function stateOf({ identity: { name, token } }: Caller): string {
  return contentState([name, token?.kind === 'automation' ? token.id : '']);
}
