import { expect, test } from 'vitest';
import { tokenRecords } from '../../../src/auth/tokens/token.ts';
import { everything } from '../../../src/lib/selection.ts';
import { alice, tokenService } from './support.ts';

const hour = 3_600_000;
const all = () => true;

test('a session can be renewed for twelve hours, and not past them', async () => {
  await using service = await tokenService();
  const login = await service.session();
  expect(login.expires_in).toBe(600);
  for (let minutes = 0; minutes < 12 * 60 - 5; minutes += 5) {
    service.clock.advance(5 * 60_000);
    const renewed = await service.tokens.renew(login.id);
    expect(renewed.id).toBe(login.id);
    expect(renewed.ends_at).toBe(login.ends_at);
  }
  const last = await service.tokens.renew(login.id);
  expect(last.expires_at).toBe(login.ends_at);
  expect(last.expires_in).toBe(300);
  service.clock.advance(5 * 60_000);
  await expect(service.tokens.renew(login.id)).rejects.toMatchObject({ code: 'credentials_refused' });
});

test('a session that was not renewed in time, or was revoked, is not renewed any more', async () => {
  await using service = await tokenService();
  const late = await service.session();
  service.clock.advance(600_000);
  await expect(service.tokens.renew(late.id)).rejects.toMatchObject({ code: 'credentials_refused' });
  const revoked = await service.session();
  await service.tokens.revoke(revoked.id, 'alice');
  await expect(service.tokens.renew(revoked.id)).rejects.toMatchObject({ code: 'credentials_refused' });
});

test('a token of a program is not renewed', async () => {
  await using service = await tokenService();
  const { id } = await service.automation(60);
  await expect(service.tokens.renew(id)).rejects.toMatchObject({ code: 'not_renewable' });
});

test('of an owner no more than a thousand ended tokens are remembered, whatever they could have lived', async () => {
  await using service = await tokenService();
  const kept = await service.session();
  const child = await service.automation(3_600, { ...alice, token: { id: kept.id, kind: 'session', grants: [] } });
  service.clock.advance(600_000);
  for (let count = 0; count < 1_010; count += 1) {
    const { id } = await service.automation(300 * 24 * 3_600);
    await service.tokens.revoke(id, 'alice');
  }
  const last = await service.automation(60);
  const { total, records } = await service.tokens.select({ ...everything, limit: 1 }, all);
  expect([total, records[0]?.id]).toEqual([1_003, last.id]);
  // Of what has ended, that goes on counting which something living was minted with.
  expect(await service.authenticate(child.token)).toMatchObject({ name: 'alice' });
});

test('tokens are minted with one another only so deep', async () => {
  await using service = await tokenService();
  let parent = await service.session();
  for (let depth = 0; depth < 16; depth += 1) {
    parent = await service.session({ ...alice, token: { id: parent.id, kind: 'session', grants: [] } });
  }
  const deeper = service.session({ ...alice, token: { id: parent.id, kind: 'session', grants: [] } });
  await expect(deeper).rejects.toMatchObject({ code: 'too_many_tokens' });
});

test('a token lives no longer than the one it is minted with', async () => {
  await using service = await tokenService();
  const { id } = await service.automation(100);
  const identity = { ...alice, token: { id, kind: 'automation' as const, grants: [] } };
  await expect(service.automation(101, identity)).rejects.toMatchObject({ code: 'wider_than_own' });
  expect((await service.automation(100, identity)).lineage).toEqual([id]);
  service.clock.advance(100_000);
  await expect(service.automation(1, identity)).rejects.toMatchObject({ code: 'credentials_refused' });
});

test('a program gets no session, with which it would have all of its owner', async () => {
  await using service = await tokenService();
  const { id } = await service.automation(100);
  const identity = { ...alice, token: { id, kind: 'automation' as const, grants: [] } };
  await expect(service.session(identity)).rejects.toMatchObject({ code: 'wider_than_own' });
});

test('with a session tokens are minted for as long as it could be renewed', async () => {
  await using service = await tokenService();
  const session = await service.session();
  const identity = { ...alice, token: { id: session.id, kind: 'session' as const, grants: [] } };
  const { token } = await service.automation(12 * 3_600, identity);
  service.clock.advance(11 * hour);
  expect(await service.authenticate(token)).toMatchObject({ name: 'alice' });
  expect(await service.authenticate(session.token)).toMatchObject({ refused: expect.any(String) });
});

test('tokens are forgotten a day after their end, at a second look, revoked ones no sooner', async () => {
  await using service = await tokenService();
  const revoked = await service.automation(24 * 3_600);
  await service.tokens.revoke(revoked.id, 'alice');
  const short = await service.automation(60);
  const ids = async () => (await service.tokens.select(everything, all)).records.map(({ id }) => id);
  service.clock.advance(26 * hour);
  const first = await service.automation(48 * 3_600);
  expect(await ids()).toEqual([first.id, short.id, revoked.id]);
  service.clock.advance(hour);
  const second = await service.automation(48 * 3_600);
  expect(await ids()).toEqual([second.id, first.id, revoked.id]);
  service.clock.advance(25 * hour);
  const third = await service.automation(60);
  expect(await ids()).toEqual([third.id, second.id, first.id]);
});

test('a calendar that is ahead for a moment costs nobody a token, nor the key of one', async () => {
  await using service = await tokenService();
  const automation = await service.automation(24 * 3_600);
  const session = await service.session();
  const child = await service.automation(3_600, { ...alice, token: { id: session.id, kind: 'session', grants: [] } });
  await service.tokens.rotateKeys();
  const fortyDays = 40 * 24 * hour;
  service.clock.jump(fortyDays);
  await service.automation(60, { ...alice, name: 'bob' });
  await service.tokens.rotateKeys();
  expect(await service.authenticate(automation.token)).toMatchObject({ refused: expect.any(String) });
  service.clock.jump(-fortyDays);
  const areGood = async (tokens: ReadonlyArray<{ token: string }>) => {
    for (const { token } of tokens) expect(await service.authenticate(token)).toMatchObject({ name: 'alice' });
  };
  await areGood([automation, session, child]);
  // Neither does it make certain what only looked so.
  service.clock.advance(599_000);
  await service.automation(60);
  await areGood([automation, session, child]);
  service.clock.advance(hour);
  await service.automation(60);
  await areGood([automation]);
});

test('an owner has no more tokens than can be deleted in time', async () => {
  await using service = await tokenService();
  const { id } = await service.automation(60);
  await service.store.transact(async (tx) => {
    const record = (await tx.get(tokenRecords, id))?.value;
    if (record === undefined) throw new Error('the token is not there');
    for (let n = 1; n < 10_000; n += 1) tx.put(tokenRecords, `${id}${n}`, { ...record, id: `${id}${n}` });
  });
  service.clock.advance(60_000);
  await expect(service.automation(60)).rejects.toMatchObject({ code: 'too_many_tokens' });
  await service.automation(60, { ...alice, name: 'bob' });
  service.clock.advance(hour);
  await service.automation(60);
});

test('an owner has a thousand living tokens at most', async () => {
  await using service = await tokenService();
  for (let count = 0; count < 1_000; count += 1) await service.automation(60);
  await expect(service.automation(60)).rejects.toMatchObject({ code: 'too_many_tokens' });
  expect((await service.automation(60, { ...alice, name: 'bob' })).owner).toBe('bob');
  service.clock.advance(60_000);
  await service.automation(60);
});

test('all tokens of an owner are revoked, and those of others stay', async () => {
  await using service = await tokenService();
  const [one, two] = [await service.automation(60), await service.session()];
  const bob = await service.automation(60, { ...alice, name: 'bob' });
  expect(await service.tokens.revokeAll('alice', 'root', all)).toBe(2);
  expect(await service.tokens.revokeAll('alice', 'root', all)).toBe(0);
  for (const { token } of [one, two])
    expect(await service.authenticate(token)).toMatchObject({ refused: 'the token was revoked', claimed: 'alice' });
  expect(await service.authenticate(bob.token)).toMatchObject({ name: 'bob' });
});
