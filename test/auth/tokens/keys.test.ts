import { join } from 'node:path';
import { expect, test } from 'vitest';
import { adminGrant } from '../../../src/auth/roles.ts';
import { TokenKeys } from '../../../src/auth/tokens/keys.ts';
import { Tokens } from '../../../src/auth/tokens/tokens.ts';
import { timeOrderedId as newId } from '../../../src/lib/ids.ts';
import { type Store, sealedRecords } from '../../../src/store/contract.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { temporaryStore } from '../../operations/support.ts';
import { OvertakenStore } from '../../store/overtaken-store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { standingClock } from '../support.ts';
import { alice, tokenService } from './support.ts';

const hour = 3_600_000;

test('after a rotation old tokens are good until they expire, and then their key is gone', async () => {
  await using service = await tokenService();
  const old = await service.automation(24 * 3_600);
  const { id: first } = service.keys.current;
  expect(await service.tokens.rotateKeys()).toEqual({ key: expect.not.stringMatching(first), retired: [first] });
  const young = await service.automation(48 * 3_600);
  expect(JSON.parse(Buffer.from(young.token.split('.')[0] ?? '', 'base64url').toString()).kid).not.toBe(first);
  service.clock.advance(23 * hour);
  await service.keys.prune();
  expect(await service.authenticate(old.token)).toMatchObject({ name: 'alice' });
  service.clock.advance(hour);
  await service.keys.prune();
  expect(await service.authenticate(old.token)).toMatchObject({ refused: expect.stringContaining('not valid') });
  service.clock.advance(hour);
  await service.keys.prune();
  expect(service.keys.verifying(first)).toBeUndefined();
  expect(await service.authenticate(old.token)).toMatchObject({
    refused: expect.stringContaining('the key of the token'),
  });
  expect(await service.authenticate(young.token)).toMatchObject({ name: 'alice' });
});

test('what a session was before its renewal outlives a rotation', async () => {
  await using service = await tokenService();
  const before = await service.session();
  await service.tokens.rotateKeys();
  await service.tokens.renew(before.id);
  await service.keys.prune();
  service.clock.advance(599_000);
  expect(await service.authenticate(before.token)).toMatchObject({ name: 'alice' });
});

test('a rotation is told of, and the first key is not', async () => {
  await using service = await tokenService();
  expect(await service.store.events.read(0, 10)).toEqual([]);
  const { key } = await service.tokens.rotateKeys();
  expect(await service.store.events.read(0, 10)).toMatchObject([{ type: 'token_key', action: 'rotated', key }]);
});

test('a rotation removes what no token is of any more', async () => {
  await using service = await tokenService();
  const { id: first } = service.keys.current;
  const { key: second } = await service.tokens.rotateKeys();
  service.clock.advance(2 * hour);
  const { key: third, retired } = await service.tokens.rotateKeys();
  expect(retired).toEqual([first, second]);
  service.clock.advance(hour);
  expect((await service.tokens.rotateKeys()).retired).toEqual([second, third]);
});

test('keys and issuer are there again when the store is opened again, the keys sealed', async () => {
  using directory = temporaryDirectory();
  const clock = standingClock();
  const opened = async () => {
    const store = openLmdbStore({ directory: join(directory.path, 'data'), clock });
    return { store, keys: await TokenKeys.open({ store, clock, newId }) };
  };
  const one = await opened();
  await one.keys.rotate();
  const { issuer, current } = one.keys;
  await one.store.close();
  const other = await opened();
  expect(other.keys.issuer).toBe(issuer);
  expect(other.keys.current.id).toBe(current.id);
  await other.store.close();
});

test('the data directories of two servers do not know each others tokens', async () => {
  await using one = await tokenService();
  await using other = await tokenService();
  const { token } = await one.automation(60);
  expect(await other.authenticate(token)).toBe('pass');
});

/** Those that sign, as they are stored. */
async function currentKeys(store: Store): Promise<string[]> {
  const stored = sealedRecords<{ retired_at: string }>('token-keys');
  const entries = await Array.fromAsync(store.list(stored));
  return entries.filter(({ value }) => value.retired_at === '').map(({ key }) => key);
}

test('of rotations at the same time one key signs in the end, and all before it are retired', async () => {
  await using service = await tokenService();
  const { id: first } = service.keys.current;
  const rotations = await Promise.all(Array.from({ length: 5 }, () => service.tokens.rotateKeys()));
  const [signing, ...more] = await currentKeys(service.store);
  expect(more).toEqual([]);
  expect(service.keys.current.id).toBe(signing);
  expect(rotations.map(({ retired }) => retired.length).toSorted()).toEqual([1, 2, 3, 4, 5]);
  const last = rotations.find(({ retired }) => retired.length === 5);
  expect(last).toEqual({
    key: signing,
    retired: expect.arrayContaining([first, ...rotations.map(({ key }) => key).filter((key) => key !== signing)]),
  });
  // None of them is lost to those who verify, and the same is found by the next server.
  for (const { key } of rotations) expect(service.keys.verifying(key)).toBeDefined();
  const { store, clock } = service;
  expect((await TokenKeys.open({ store, clock, newId })).current.id).toBe(signing);
});

test('while keys are rotated all the time there is always one to sign with', async () => {
  await using service = await tokenService();
  let left = 40;
  const rotating = Promise.all(
    Array.from({ length: 8 }, async () => {
      for (; left > 0; left -= 1) await service.tokens.rotateKeys();
    }),
  );
  let minted = 0;
  for (; left > 0; minted += 1) {
    expect(service.keys.current.id).not.toBe('');
    if (minted < 500) await service.automation(60);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await rotating;
  expect(minted).toBeGreaterThan(0);
  expect(await currentKeys(service.store)).toEqual([service.keys.current.id]);
});

test('of two keys that sign, which an earlier version left, the next rotation retires both', async () => {
  await using service = await tokenService();
  const { store, clock, keys } = service;
  const records = sealedRecords<{ id: string; retired_at: string }>('token-keys');
  const { id: first } = keys.current;
  await service.tokens.rotateKeys();
  await store.transact(async (tx) => {
    const entry = await tx.get(records, first);
    if (entry !== undefined) tx.put(records, first, { ...entry.value, retired_at: '' });
  });
  expect(await currentKeys(store)).toHaveLength(2);
  const { key, retired } = await (await TokenKeys.open({ store, clock, newId })).rotate();
  expect(retired).toHaveLength(2);
  expect(await currentKeys(store)).toEqual([key]);
});

test('two that open a new store at the same time have the same issuer and the same key', async () => {
  await using store = temporaryStore();
  const clock = standingClock();
  const [one, other] = await Promise.all([
    TokenKeys.open({ store, clock, newId }),
    TokenKeys.open({ store, clock, newId }),
  ]);
  expect(other.issuer).toBe(one.issuer);
  expect(other.current.id).toBe(one.current.id);
  expect(await currentKeys(store)).toEqual([one.current.id]);
});

test('a token that is minted during a rotation is good for as long as it says', async () => {
  await using service = await tokenService();
  const { store, keys, clock } = service;
  const overtaken = new Tokens({ store: new OvertakenStore(store, () => keys.rotate()), keys, clock, newId });
  const wanted = { kind: 'automation', note: '', seconds: 24 * 3_600 } as const;
  const { token } = await overtaken.mint(wanted, [adminGrant], { identity: alice });
  // Both keys are retired for long, and no other token is of either.
  await service.tokens.rotateKeys();
  for (let passed = 0; passed < 23; passed += 1) {
    await keys.prune();
    expect(await service.authenticate(token)).toMatchObject({ name: 'alice' });
    clock.advance(hour);
  }
});
