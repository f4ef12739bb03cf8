import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventNames, slipInFilter } from '../../src/lib/event-names.ts';

test('the events that filters may name are those of the page', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/events.md'), 'utf8');
  const table = page.slice(page.indexOf('| type.action'), page.indexOf('A change of the members'));
  const described = Array.from(table.matchAll(/`([a-z_]+)\.([a-z_]+)`/g), ([, type, action]) => `${type}.${action}`);
  const shortened = Array.from(table.matchAll(/`([a-z_]+\.[a-z_]+)`/g), ([, name]) => name);
  expect(described).toEqual(shortened);
  const known = Object.entries(eventNames).flatMap(([type, actions]) => actions.map((action) => `${type}.${action}`));
  expect(known.toSorted()).toEqual(described.toSorted());
});

test.each([
  '*',
  '*.*.web',
  '*.created',
  'host',
  'host_*',
  'ho*.del*',
  'operation.failed',
  'operation.host_*.x',
  'user',
  'us*',
  'user_release.begun',
  'user_*.any',
])('%s can match an event', (filter) => {
  expect(slipInFilter(filter)).toBeUndefined();
});

test.each([
  ['hots', 'no event has the type "hots"', 'did you mean "host"?'],
  ['opertion.failed', 'no event has the type "opertion"', 'did you mean "operation"?'],
  ['users', 'no event has the type "users"', 'did you mean "user"?'],
  ['operatoin*', 'no event has the type "operatoin*"', 'did you mean "operation"?'],
  ['operation.faild', 'no event of the type "operation" has the action "faild"', 'did you mean "failed"?'],
  ['host.failed', 'no event of the type "host" has the action "failed"', expect.stringContaining('created')],
])('%s cannot', (filter, problem, hint) => {
  expect(slipInFilter(filter)).toEqual({ problem, hint });
});
