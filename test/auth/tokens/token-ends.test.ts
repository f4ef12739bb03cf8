import { expect, test } from 'vitest';
import { TokenEnds } from '../../../src/auth/tokens/token-ends.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { until } from '../../support/until.ts';
import { alice, tokenService } from './support.ts';

test('the end of a token is told when it is revoked, or one that it was minted with, and that of no other', async () => {
  await using service = await tokenService();
  using ends = new TokenEnds({ store: service.store, clock: { ...service.clock, sleep: systemClock.sleep } });
  const top = await service.automation(3_600);
  const identity = { ...alice, token: { id: top.id, kind: 'automation' as const, grants: [] } };
  const under = await service.automation(3_600, identity);
  const other = await service.automation(3_600);
  const [first, second, third] = [top, under, other].map(({ id }) => ends.endOf(id));
  expect(ends.endOf(top.id)).toBe(first);
  await service.tokens.revoke(top.id, 'alice');
  await until(() => first?.aborted === true && second?.aborted === true);
  expect(first?.reason).toMatchObject({ code: 'credentials_refused', message: 'the token was revoked' });
  expect(third?.aborted).toBe(false);
});

test('a token that has ended before anybody asked has ended', async () => {
  await using service = await tokenService();
  using ends = new TokenEnds({ store: service.store, clock: { ...service.clock, sleep: systemClock.sleep } });
  const { id } = await service.automation(60);
  await service.tokens.revoke(id, 'alice');
  const ended = ends.endOf(id);
  await until(() => ended.aborted);
  const unknown = ends.endOf('unknown');
  await until(() => unknown.aborted);
});

test('it is told when the token expires, and of a session that was renewed when that does', async () => {
  await using service = await tokenService();
  const sleeps: { ms: number; wake: () => void }[] = [];
  const sleep = (ms: number) => new Promise<void>((wake) => sleeps.push({ ms, wake }));
  using ends = new TokenEnds({ store: service.store, clock: { ...service.clock, sleep } });
  const { id } = await service.session();
  const ended = ends.endOf(id);
  await until(() => sleeps.length === 1);
  expect(sleeps[0]?.ms).toBe(600_000);
  service.clock.advance(300_000);
  await service.tokens.renew(id);
  service.clock.advance(300_000);
  sleeps[0]?.wake();
  await until(() => sleeps.length === 2);
  expect([sleeps[1]?.ms, ended.aborted]).toEqual([300_000, false]);
  service.clock.advance(300_000);
  sleeps[1]?.wake();
  await until(() => ended.aborted);
  expect(ended.reason).toMatchObject({ message: expect.stringMatching(/^the token expired at .*T.*Z$/) });
});
