import { expect, test } from 'vitest';
import { anyOf, parseEventFilter } from '../../src/lib/event-filter.ts';

const event = { type: 'operation', action: 'host_failed', key: '192.0.2.11' };

test.each([
  ['operation', true],
  ['operation.host_failed', true],
  ['operation.host_failed.192.0.2.11', true],
  ['*', true],
  ['*.*.*', true],
  ['*.host_failed', true],
  ['operation.*.192.0.2.11', true],
  ['operation.host_*', true],
  ['operation.*.192.0.2.*', true],
  ['oper*', true],
  ['operatio', false],
  ['operation.host', false],
  ['operation.host_failed.192.0.2.1', false],
  ['host', false],
  ['*.started', false],
])('the filter %s: %s', (text, matches) => {
  expect(parseEventFilter(text)?.(event)).toBe(matches);
});

test.each(['', '.', 'a.', 'a..b', '.b', 'A', 'a b', '*a', 'a*b', '**', 'a.b.', 'a.b.x*y', 'a.b.\n', 'a'.repeat(600)])(
  '%j is no filter',
  (text) => {
    expect(parseEventFilter(text)).toBeUndefined();
  },
);

test('an event without a key is only matched where the key may be anything', () => {
  const keyless = { type: 'user', action: 'posted', key: '' };
  expect(parseEventFilter('user.posted.*')?.(keyless)).toBe(true);
  expect(parseEventFilter('user.posted.x')?.(keyless)).toBe(false);
});

test('of several filters one is enough, and none is as good as all', () => {
  const filters = ['host', 'operation'].flatMap((text) => parseEventFilter(text) ?? []);
  expect(anyOf(filters)(event)).toBe(true);
  expect(anyOf(filters.slice(0, 1))(event)).toBe(false);
  expect(anyOf([])(event)).toBe(true);
});
