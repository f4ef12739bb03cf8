import { type Static, Type as t } from '@sinclair/typebox';
import { choices } from '../../lib/choices.ts';
import { records } from '../../store/contract.ts';
import { limitMembers } from '../limits.ts';

/**
 * - `session`: for a user who has logged in; short-lived, and renewed while it is used
 * - `automation`: for a program, with the lifetime it asked for
 * - `registration`: lets machines register themselves in one cluster, and nothing else
 */
export const tokenKinds = ['session', 'automation', 'registration'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** The grants of a token, frozen when it was minted. */
export const TokenGrant = t.Object({
  role: t.String({ description: 'The role it comes from' }),
  permissions: t.Array(t.String(), { description: 'What it allows, as resource:verb' }),
  ...limitMembers,
});
export type TokenGrant = Static<typeof TokenGrant>;

export const TokenRegistration = t.Object({
  cluster: t.String({ description: 'Where machines may register' }),
  max_hosts: t.Integer({ description: 'How many machines may register with it' }),
  hosts: t.Array(t.String(), { description: 'The addresses that did' }),
});

/** A token as the API shows it: without the token text itself. */
export const Token = t.Object({
  id: t.String({ description: 'Id of the token' }),
  kind: choices(
    {
      session: 'For a user who has logged in: short-lived, and renewed while it is used',
      automation: 'For a program, with the lifetime it asked for',
      registration: 'Lets machines register themselves in one cluster, and nothing else',
    } satisfies Record<TokenKind, string>,
    { description: 'What it is for' },
  ),
  owner: t.String({ description: 'Who calls with it' }),
  method: t.String({ description: 'How the owner has logged in' }),
  note: t.String({ description: 'A text of whoever minted it' }),
  grants: t.Array(TokenGrant, { description: 'What it may do at most, however much its owner may' }),
  lineage: t.Array(t.String(), { description: 'The tokens it was minted with, the oldest first: it ends with them' }),
  created_at: t.String({ description: 'When it was minted' }),
  expires_at: t.String({ description: 'When it expires, unless it is renewed' }),
  ends_at: t.String({ description: 'Up to here a session can be renewed; of others the same as expires_at' }),
  revoked_at: t.String({
    description: 'When it was revoked, or a token it was minted with; empty when it was not',
  }),
  registration: t.Union([TokenRegistration, t.Null()], { description: 'What a registration token is for' }),
});
export type Token = Static<typeof Token>;

/** The stored record of a token: the token text itself is with its bearer alone. */
export interface TokenRecord extends Token {
  /** The subjects of the owner, which roles are bound to. */
  readonly subjects: readonly string[];
  /** Fixed grants of the owner, used instead of role bindings. */
  readonly ownerGrants?: readonly TokenGrant[];
  /** Id of the key it was last signed with. */
  readonly key: string;
}

/** By id. */
export const tokenRecords = records<TokenRecord>('tokens');
