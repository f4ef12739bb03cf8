import { type Static, Type as t } from '@sinclair/typebox';
import { ClusterPattern, limitMembers, limitsOf } from '../auth/limits.ts';
import { lifetimes } from '../auth/tokens/lifetimes.ts';
import type { RequestedGrants } from '../auth/tokens/requested-grants.ts';
import { Token } from '../auth/tokens/token.ts';
import type { Wanted } from '../auth/tokens/wanted.ts';
import { checkedName } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { tokenListLength } from '../lib/grant-limits.ts';
import { secondsOf, secondsOrText } from './duration-member.ts';

/** The machines that a registration token may register. */
const mostMachines = 10_000;

const Lifetime = t.Integer({
  minimum: 1,
  maximum: lifetimes.automation.most,
  description: 'Seconds. Of a session 600 unless given, at most 3600; of a registration token at most 30 days',
});
const Renewal = t.Integer({ minimum: 1, maximum: lifetimes.session.most, description: 'Seconds; 600' });

export const TokenBody = t.Object({
  kind: t.Optional(Token.properties.kind),
  lifetime: t.Optional(secondsOrText(Lifetime)),
  note: t.Optional(
    t.String({
      maxLength: 255,
      pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
      description: 'A text that lists show',
      form: 'a text of one line and at most 255 characters',
    }),
  ),
  roles: t.Optional(
    t.Array(t.String(), {
      minItems: 1,
      maxItems: 100,
      description: 'Names of the roles that it has; left out: all that the caller may do',
    }),
  ),
  ...limitMembers,
  clusters: t.Optional(
    t.Array(ClusterPattern, {
      ...tokenListLength,
      description: 'Only for these clusters and the hosts in them; * stands for any letters. Left out: everywhere',
      form: 'an array of 1 to 100 names of clusters, or patterns such as web-*',
    }),
  ),
  cluster: t.Optional(
    t.String({ description: 'The cluster in which machines may register with a registration token' }),
  ),
});

export const RenewalBody = t.Object({
  lifetime: t.Optional(secondsOrText(Renewal)),
});

export const RevocationQuery = t.Object({ owner: t.String({ minLength: 1, maxLength: 1024 }) });

type TokenBody = Static<typeof TokenBody>;

/**
 * The token that the body asks for. Members of another kind of token are refused, not ignored: they would have limited
 * it.
 *
 * @throws AppError `invalid_member`, `invalid_name`
 */
export function wantedOf(body: TokenBody): Wanted {
  const { kind = 'session', note = '' } = body;
  const lifetime = body.lifetime === undefined ? undefined : secondsOf('/lifetime', body.lifetime, Lifetime);
  if (lifetime !== undefined && lifetime > lifetimes[kind].most) {
    throw wrong('lifetime', `must be at most ${lifetimes[kind].most} seconds for a token of the kind ${kind}`);
  }
  if (kind !== 'registration' && body.cluster !== undefined) {
    throw wrong('cluster', `must be left out: the limits of a token of the kind ${kind} are "clusters"`);
  }
  if (kind === 'session') return { kind, note, seconds: lifetime };
  const seconds = required({ ...body, lifetime }, 'lifetime');
  if (kind === 'automation') return { kind, note, seconds };
  for (const member of ['roles', 'clusters', 'max_percent', 'max_at_once'] as const) {
    if (body[member] !== undefined) throw wrong(member, 'must be left out: a registration token is for one "cluster"');
  }
  const cluster = checkedName(required(body, 'cluster'));
  const maxHosts = required(body, 'max_hosts');
  if (maxHosts > mostMachines) throw wrong('max_hosts', `must be at most ${mostMachines} machines`);
  return { kind, note, seconds, cluster, maxHosts };
}

/** A registration token has one fixed role and its cluster; other tokens have what the body says. */
export function requestedOf(wanted: Wanted, { roles, ...limits }: TokenBody): RequestedGrants {
  if (wanted.kind === 'registration') return { roles: ['registrar'], clusters: [wanted.cluster] };
  return { ...(roles === undefined ? {} : { roles }), ...limitsOf(limits) };
}

/** The seconds of a renewal. @throws AppError `invalid_member` */
export function renewalOf({ lifetime }: Static<typeof RenewalBody>): number | undefined {
  return lifetime === undefined ? undefined : secondsOf('/lifetime', lifetime, Renewal);
}

function required<B extends Pick<TokenBody, 'kind'>, M extends keyof B>(body: B, member: M): NonNullable<B[M]> {
  const value = body[member];
  if (value !== undefined && value !== null) return value;
  throw wrong(String(member), `is missing: a token of the kind ${body.kind} must have one`);
}

function wrong(member: string, what: string): AppError {
  return new AppError('invalid_member', `${member} ${what}`, {
    hint: `\`commctl explain token.${member}\` explains it`,
    details: { member: `/${member}` },
  });
}
