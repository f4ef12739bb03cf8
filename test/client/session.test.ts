import { expect, test } from 'vitest';
import { renewingCredentials, type Session, type SessionKeeper, sessionOf } from '../../src/client/session.ts';
import type { MintedToken } from '../../src/client/tokens.ts';
import { standingClock } from '../auth/support.ts';

const minted = (token: string, change: Partial<MintedToken> = {}): MintedToken => ({
  id: 't',
  kind: 'session',
  owner: 'alice',
  method: 'httpbasicauth',
  note: '',
  grants: [],
  lineage: [],
  created_at: '',
  expires_at: 'early',
  ends_at: 'late',
  revoked_at: '',
  registration: null,
  token,
  expires_in: 600,
  ...change,
});

function keeper(): SessionKeeper {
  let session: Session = sessionOf(minted('first'), 0);
  return {
    read: async () => session,
    replace: async (renew) => {
      session = await renew(session);
      return session;
    },
  };
}

function holder(answers: readonly (MintedToken | Error)[]) {
  const clock = standingClock();
  const asked: string[] = [];
  const renew = async (token: string) => {
    const answer = answers[asked.length] ?? new Error('asked too often');
    asked.push(token);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const { token } = renewingCredentials({ keeper: keeper(), clock, renew });
  const now = () => (typeof token === 'string' ? Promise.resolve(token) : token());
  return { clock, asked, now };
}

test('a token is renewed once half of its life is over, by the first of those who need it', async () => {
  const { clock, asked, now } = holder([minted('second'), minted('third')]);
  clock.advance(299_999);
  expect(await now()).toBe('first');
  clock.advance(1);
  expect(await Promise.all([now(), now(), now()])).toEqual(['second', 'second', 'second']);
  clock.advance(299_999);
  expect(await now()).toBe('second');
  clock.advance(1);
  expect(await now()).toBe('third');
  expect(asked).toEqual(['first', 'second']);
});

test('a renewal that fails is tried again at the next request, and stops no request', async () => {
  const { clock, asked, now } = holder([new Error('no server'), minted('second')]);
  clock.advance(300_000);
  expect(await now()).toBe('first');
  expect(await now()).toBe('second');
  expect(asked).toEqual(['first', 'first']);
});

test('what has expired is not renewed, and neither is what gets no longer by it', async () => {
  const expired = holder([]);
  expired.clock.advance(600_000);
  expect(await expired.now()).toBe('first');
  const last = holder([minted('last', { expires_at: 'end', ends_at: 'end', expires_in: 400 })]);
  last.clock.advance(300_000);
  expect(await last.now()).toBe('last');
  last.clock.advance(399_000);
  expect(await last.now()).toBe('last');
  expect(last.asked).toEqual(['first']);
});
