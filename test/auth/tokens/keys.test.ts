import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TokenKeys } from '../../../src/auth/tokens/keys.ts';
import { timeOrderedId as newId } from '../../../src/lib/ids.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { standingClock } from '../support.ts';
import { tokenService } from './support.ts';

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
  expect(await service.authenticate(old.token)).toEqual({ refused: expect.stringContaining('not valid') });
  service.clock.advance(hour);
  await service.keys.prune();
  expect(service.keys.verifying(first)).toBeUndefined();
  expect(await service.authenticate(old.token)).toEqual({ refused: expect.stringContaining('the key of the token') });
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
