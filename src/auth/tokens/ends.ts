import { timestamp } from '../../lib/clock.ts';
import { after, earlier, lifetimes, longestSession } from './lifetimes.ts';
import { wider } from './requested-grants.ts';
import type { Token, TokenRecord } from './token.ts';
import type { Wanted } from './wanted.ts';

/**
 * When a token expires. A token that is minted with another one lives no longer than that one could: only the login
 * before both has proven an identity.
 *
 * @throws AppError `wider_than_own`
 */
export function endsOf(
  wanted: Wanted,
  now: Date,
  parent: TokenRecord | undefined,
): Pick<Token, 'expires_at' | 'ends_at'> {
  const at = (seconds: number) => timestamp(after(now.getTime(), seconds));
  const asked = at(wanted.seconds ?? lifetimes.session.otherwise);
  const latest = parent?.ends_at ?? asked;
  if (wanted.seconds !== undefined && asked > latest) {
    throw wider(
      `it would outlive the token it is minted with, which ends at ${latest}`,
      'ask for a shorter life, or mint it with a password, as `commctl token create --lifetime 3600 --login` does',
    );
  }
  const expires_at = earlier(asked, latest);
  if (wanted.kind !== 'session') return { expires_at, ends_at: expires_at };
  const longest = at(longestSession);
  return { expires_at, ends_at: parent === undefined ? longest : earlier(longest, parent.ends_at) };
}
