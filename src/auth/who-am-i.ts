import { type Static, Type as t } from '@sinclair/typebox';
import type { Identity } from './authenticator.ts';
import type { Grant } from './grant.ts';
import { Token, TokenGrant } from './tokens/token.ts';
import { writtenGrant } from './tokens/written-grant.ts';

/** A caller as the API shows it. */
export const WhoAmI = t.Object({
  name: t.String({ description: 'Name of the caller' }),
  method: t.String({ description: 'The authenticator that vouches' }),
  subjects: t.Array(t.String(), { description: 'What roles can be bound to' }),
  roles: t.Array(TokenGrant, { description: 'What it may, and how far' }),
  token: t.Optional(
    t.Object(
      {
        id: t.String({ description: 'Id of the token' }),
        kind: Token.properties.kind,
        roles: t.Array(TokenGrant, { description: 'What the token may do' }),
      },
      { description: 'What the caller came with: nothing is allowed that it does not allow as well' },
    ),
  ),
});
export type WhoAmI = Static<typeof WhoAmI>;

/** @param own the caller's grants without the limits of a token */
export function whoIs({ name, method, subjects, token }: Identity, own: readonly Grant[]): WhoAmI {
  return {
    name,
    method,
    subjects: [...subjects],
    roles: own.map(writtenGrant),
    ...(token === undefined
      ? {}
      : { token: { id: token.id, kind: token.kind, roles: token.grants.map(writtenGrant) } }),
  };
}
