import { expect, test } from 'vitest';
import { Attempts } from '../../../src/auth/throttle/attempts.ts';
import { standingClock } from '../support.ts';

function attempts() {
  const clock = standingClock();
  const all = new Attempts(clock);
  const make = (peer: string, name: string, isRight = false) => {
    const attempt = all.begin(peer, name);
    if (typeof attempt === 'number') return 'wait';
    if (isRight) attempt.succeeded();
    else attempt.failed();
    return isRight ? 'in' : 'refused';
  };
  const wrong = (count: number, peer: string, name: (number: number) => string) =>
    Array.from({ length: count }, (_, number) => make(peer, name(number)));
  return { clock, make, wrong };
}

test('a name is guessed from one address five times, and then slowly; the right password counts again after the pause', () => {
  const { clock, make, wrong } = attempts();
  expect(wrong(5, '192.0.2.1', () => 'alice')).toEqual(Array(5).fill('refused'));
  expect(make('192.0.2.1', 'alice', true)).toBe('wait');
  expect(make('192.0.2.2', 'alice', true)).toBe('in');
  expect(make('192.0.2.1', 'bob', true)).toBe('in');
  clock.advance(1_000);
  expect(make('192.0.2.1', 'alice', true)).toBe('in');
});

test('an address that tries many names is slowed for all of them, but not for who was let in from it before', () => {
  const { make, wrong } = attempts();
  expect(make('192.0.2.1', 'owner', true)).toBe('in');
  const outcomes = wrong(40, '192.0.2.1', (number) => `name${number}`);
  expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(30);
  expect(make('192.0.2.1', 'another', true)).toBe('wait');
  expect(make('192.0.2.1', 'owner', true)).toBe('in');
  expect(make('192.0.2.2', 'another', true)).toBe('in');
});

test('a name that is tried from many addresses is slowed everywhere but where its owner comes from', () => {
  const { make } = attempts();
  expect(make('192.0.2.1', 'owner', true)).toBe('in');
  const outcomes = Array.from({ length: 200 }, (_, number) => make(`198.51.100.${number}`, 'owner'));
  expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(100);
  expect(make('203.0.113.1', 'owner', true)).toBe('wait');
  expect(make('192.0.2.1', 'owner', true)).toBe('in');
});

test.each([
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', 'wait'],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', 'in'],
  ['::ffff:192.0.2.1', '192.0.2.1', 'wait'],
])('addresses of one network count as one: %s and %s', (one, other, outcome) => {
  const { make, wrong } = attempts();
  wrong(5, one, () => 'alice');
  expect(make(other, 'alice', true)).toBe(outcome);
});

test('a name is the same one in any case, where some service takes it for that', () => {
  const { make } = attempts();
  const spellings = ['alice', 'ALICE', 'Alice', 'aLICE', '\uff21lice', 'alicE'];
  const outcomes = spellings.map((name) => make('192.0.2.1', name));
  expect(outcomes).toEqual([...Array(5).fill('refused'), 'wait']);
});

test('long names take no more room than short ones, and are told apart', () => {
  const clock = standingClock();
  const all = new Attempts(clock);
  const long = (end: string) => `${'x'.repeat(12_000)}${end}`;
  const begun = (address: string, name: string) => {
    const attempt = all.begin(address, name);
    if (typeof attempt !== 'number') attempt.failed();
    return typeof attempt;
  };
  for (let count = 0; count < 5; count += 1) begun('192.0.2.1', long('a'));
  expect(begun('192.0.2.1', long('a'))).toBe('number');
  expect(begun('192.0.2.1', long('b'))).toBe('object');
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 5_000; count += 1) begun(`198.51.${count >> 8}.${count & 255}`, long(`${count}`));
  Bun.gc(true);
  // Twelve thousand characters, thrice each, would be 180 MB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(40_000_000);
});
