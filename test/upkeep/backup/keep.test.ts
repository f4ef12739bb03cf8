import { expect, test } from 'vitest';
import { readKeepRules } from '../../../src/lib/keep-rules.ts';
import { dueAfter } from '../../../src/upkeep/backup/due.ts';
import { notKept } from '../../../src/upkeep/backup/keep.ts';

const backups = [
  '2026-09-30',
  '2026-10-31',
  '2026-11-16',
  '2026-11-22',
  '2026-11-23',
  '2026-11-29',
  '2026-11-30',
].flatMap((day) => [{ created_at: `${day}T02:00:00` }, { created_at: `${day}T14:00:00` }]);

test.each([
  { rules: '1', kept: ['11-30T14'] },
  { rules: '3', kept: ['11-29T14', '11-30T02', '11-30T14'] },
  { rules: 'daily=2', kept: ['11-29T14', '11-30T14'] },
  // 2026-11-30 is a Monday.
  { rules: 'weekly=3', kept: ['11-22T14', '11-29T14', '11-30T14'] },
  { rules: 'last=1, monthly=9', kept: ['09-30T14', '10-31T14', '11-30T14'] },
  { rules: 'last=100', kept: backups.map(({ created_at }) => created_at.slice(5, 13)) },
])('the rules $rules keep $kept', ({ rules, kept }) => {
  const read = readKeepRules(rules);
  const removed = read === undefined ? backups : notKept(backups, read);
  const left = backups.filter((each) => !removed.includes(each));
  expect(left.map(({ created_at }) => created_at.slice(5, 13))).toEqual(kept);
});

test.each(['', '0', 'last=0', 'hourly=3', 'last', 'last=-1', 'daily=1;weekly=1'])('%j is no rule', (text) => {
  expect(readKeepRules(text)).toBeUndefined();
});

test.each([
  { last: undefined, due: '1970-01-01T00:00:00.000Z' },
  { last: '2026-11-30T01:00:00Z', due: '2026-11-30T02:30:00.000Z' },
  { last: '2026-11-30T02:30:00Z', due: '2026-12-01T02:30:00.000Z' },
  { last: '2026-11-30T23:59:59Z', due: '2026-12-01T02:30:00.000Z' },
])('after a backup at $last the next one at 02:30 is due at $due', ({ last, due }) => {
  const found = dueAfter({ kind: 'time', minutes: 150 }, last === undefined ? undefined : Date.parse(last));
  expect(new Date(found).toISOString()).toBe(due);
});
