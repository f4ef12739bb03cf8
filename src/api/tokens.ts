import { askedGrants } from '../auth/tokens/asked-grants.ts';
import type { Token } from '../auth/tokens/token.ts';
import { tokenNotFound } from '../auth/tokens/tokens.ts';
import { forbidden } from './authorisation.ts';
import { NoMembers } from './body.ts';
import type { Caller, Services } from './context.ts';
import { contentState } from './etag.ts';
import { Elysia, own } from './framework.ts';
import { listAnswer } from './list-answer.ts';
import { listRules } from './list-rules.ts';
import { askedOf, RenewalBody, RevocationQuery, TokenBody, wantedOf } from './token-body.ts';

/** Bearer tokens: one's own, and with a permission those of others. */
export function tokenRoutes({ tokens, roles, callerOf }: Services) {
  const current = async (request: Request) => {
    const id = callerOf(request).identity.token?.id;
    const found = id === undefined ? undefined : await tokens.find(id);
    if (found === undefined) throw tokenNotFound('of the caller, who came with other credentials');
    return found;
  };
  /** Whether there is such a token is told to those only who may do this to it. */
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

  return new Elysia({ name: 'tokens' })
    .get('/api/v0/tokens', ({ request, set }) => {
      const caller = callerOf(request);
      const seesAll = caller.access.allowsEverywhere('token:read');
      const view = seesAll ? undefined : { state: stateOf(caller) };
      const isVisible = (token: Token) => seesAll || isOwn(caller, token);
      return listAnswer(
        { request, set, view },
        listRules.tokens,
        () => tokens.revision(),
        (selection) => tokens.select(selection, isVisible),
      );
    })
    .post(
      '/api/v0/tokens',
      async ({ body, request, set }) => {
        const caller = callerOf(request);
        const wanted = wantedOf(body);
        const grants = askedGrants(caller.access, askedOf(wanted, body), await roles.all());
        set.status = 201;
        return tokens.mint(wanted, grants, caller);
      },
      { body: own(TokenBody) },
    )
    .delete(
      '/api/v0/tokens',
      async ({ query, request }) => {
        const caller = callerOf(request);
        const { owner } = query;
        const mayAll = caller.access.allowsEverywhere('token:write');
        if (owner !== caller.identity.name && !mayAll) {
          throw forbidden(caller, 'token:write', `lacks the permission token:write for the tokens of others`);
        }
        const isTouchable = (token: Token) => mayAll || isOwn(caller, token);
        return { owner, revoked: await tokens.revokeAll(owner, caller.identity.name, isTouchable) };
      },
      { query: own(RevocationQuery) },
    )
    .get('/api/v0/tokens/current', ({ request }) => current(request))
    .delete('/api/v0/tokens/current', async ({ request }) => {
      const { id } = await current(request);
      await tokens.revoke(id, callerOf(request).identity.name);
      return [];
    })
    .post(
      '/api/v0/tokens/current/renew',
      async ({ body, request }) => tokens.renew((await current(request)).id, body.lifetime),
      { body: own(RenewalBody) },
    )
    .get('/api/v0/token/:token', ({ params, request }) => found(params.token, callerOf(request), 'token:read'))
    .delete('/api/v0/token/:token', async ({ params, request }) => {
      const caller = callerOf(request);
      const { id } = await found(params.token, caller, 'token:write');
      await tokens.revoke(id, caller.identity.name);
      return [];
    })
    .post('/api/v0/token-keys/rotate', () => tokens.rotateKeys(), { body: own(NoMembers) });
}

/**
 * Whether it is the caller's to see and to revoke. Whoever has logged in has all of their own; a token of a program has
 * itself and those that were minted with it, so that one that was lost ends no others.
 */
function isOwn({ identity: { name, token } }: Pick<Caller, 'identity'>, { owner, id, lineage }: Token): boolean {
  if (owner !== name) return false;
  return token === undefined || token.kind === 'session' || id === token.id || lineage.includes(token.id);
}

/** Equal for callers who see the same tokens. */
function stateOf({ identity: { name, token } }: Caller): string {
  return contentState([name, token?.kind === 'automation' ? token.id : '']);
}
