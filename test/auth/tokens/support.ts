import { join } from 'node:path';
import type { Identity } from '../../../src/auth/authenticator.ts';
import type { Grant } from '../../../src/auth/grant.ts';
import { adminGrant } from '../../../src/auth/roles.ts';
import { tokenAuthenticator } from '../../../src/auth/tokens/authenticator.ts';
import { TokenKeys } from '../../../src/auth/tokens/keys.ts';
import { Tokens } from '../../../src/auth/tokens/tokens.ts';
import { timeOrderedId as newId } from '../../../src/lib/ids.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { requestWith, standingClock } from '../support.ts';

/** Tokens over a real store, and a clock that a test moves. */
export async function tokenService() {
  const directory = temporaryDirectory();
  const clock = standingClock();
  clock.advance(Date.UTC(2026, 0, 2));
  const store = openLmdbStore({ directory: join(directory.path, 'data'), clock });
  const keys = await TokenKeys.open({ store, clock, newId });
  const tokens = new Tokens({ store, keys, clock, newId });
  const authenticator = tokenAuthenticator({ store, keys, clock });
  return {
    clock,
    store,
    keys,
    tokens,
    /** Who the bearer is taken for. */
    authenticate: (token: string) => authenticator.authenticate(requestWith(`Bearer ${token}`)),
    automation: (seconds: number, identity: Identity = alice, grants: readonly Grant[] = [adminGrant]) =>
      tokens.mint({ kind: 'automation', note: '', seconds }, grants, { identity }),
    session: (identity: Identity = alice) =>
      tokens.mint({ kind: 'session', note: '', seconds: undefined }, [adminGrant], { identity }),
    async [Symbol.asyncDispose]() {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
}

export const alice: Identity = { name: 'alice', method: 'httpbasicauth', subjects: ['user:alice'] };
