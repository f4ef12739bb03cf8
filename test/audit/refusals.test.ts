import { expect, test } from 'vitest';
import type { NewAuditEntry } from '../../src/audit/entry.ts';
import { Refusals } from '../../src/audit/refusals.ts';
import { cidrOf } from '../../src/lib/cidr-of.ts';
import type { Clock } from '../../src/lib/clock.ts';

/** A clock that stands, whose sleepers wake when they are told to. */
function steppedClock() {
  let now = 0;
  let wake: () => void = () => {};
  const clock: Clock = {
    now: () => new Date(now),
    monotonic: () => now,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        wake = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  };
  const advance = async (ms: number) => {
    now += ms;
    wake();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { clock, advance };
}

function bench() {
  const entries: NewAuditEntry[] = [];
  const { clock, advance } = steppedClock();
  const refusals = new Refusals({ trail: { appendLater: (entry) => void entries.push(entry) }, clock });
  const refuse = (peer: string, who = '') =>
    refusals.add({
      sender: cidrOf(peer),
      subject: { request_id: 'r', who, method: '', peer, action: 'authentication', target: '/' },
      status: 403,
      code: 'credentials_refused',
    });
  const counts = (peer: string) =>
    entries.flatMap((entry) => (entry.result === 'refused' && entry.peer === peer ? [entry.count] : []));
  return { entries, refusals, refuse, advance, counts };
}

const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);

test('of a flood every refusal is counted, and few entries are written', async () => {
  const { refusals, refuse, advance, counts, entries } = bench();
  for (let n = 0; n < 10_000; n += 1) refuse('192.0.2.1', `user${n}`);
  refuse('192.0.2.2');
  expect(counts('192.0.2.1')).toEqual(Array(10).fill(1));
  expect(counts('192.0.2.2')).toEqual([1]);
  await advance(5_000);
  expect(counts('192.0.2.1')).toEqual([...Array(10).fill(1), 9_990]);
  expect(entries.at(-1)).toMatchObject({ who: 'user9999', count: 9_990 });
  refuse('192.0.2.1');
  refuse('192.0.2.1');
  await refusals[Symbol.asyncDispose]();
  expect(counts('192.0.2.1').at(-1)).toBe(2);
  expect(total(counts('192.0.2.1'))).toBe(10_002);
});

test('after a minute the refusals of a peer have entries of their own again', async () => {
  const { refuse, advance, counts } = bench();
  for (let n = 0; n < 15; n += 1) refuse('192.0.2.1');
  await advance(60_000);
  refuse('192.0.2.1');
  expect(counts('192.0.2.1')).toEqual([...Array(10).fill(1), 5, 1]);
});

test('a flood from very many addresses is counted too, and bounded', async () => {
  const { refusals, refuse, entries } = bench();
  for (let n = 0; n < 50_000; n += 1) refuse(`2001:db8::${n.toString(16)}`);
  await refusals[Symbol.asyncDispose]();
  expect(entries.length).toBeLessThan(1_100);
  expect(total(entries.map((entry) => ('count' in entry ? entry.count : 0)))).toBe(50_000);
});

test('who has all addresses of a network writes no more entries than who has one', async () => {
  const { refusals, refuse, entries } = bench();
  for (let n = 0; n < 1_000; n += 1) refuse(`2001:db8::${n.toString(16)}`);
  expect(entries).toHaveLength(10);
  await refusals[Symbol.asyncDispose]();
  expect(entries.at(-1)).toMatchObject({ peer: '2001:db8::3e7', count: 990 });
});
