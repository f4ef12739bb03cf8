import { expect, test } from 'vitest';
import { hasRoomFor, type Purpose } from '../../src/store/disk-space.ts';

const mebibyte = 1024 * 1024;
const purposes: Purpose[] = ['output', 'change', 'audit', 'journal'];

test.each([
  ['a large one', 1024 * mebibyte, 32 * mebibyte],
  ['a small one', 8 * mebibyte, mebibyte],
])('as %s fills up first output, then changes, then the audit trail, then journals have no room', (_, size, kept) => {
  const roomAt = (free: number) => purposes.filter((purpose) => hasRoomFor(purpose, { size, free }));
  expect(roomAt(2 * kept)).toEqual(['output', 'change', 'audit', 'journal']);
  expect(roomAt(2 * kept - 1)).toEqual(['change', 'audit', 'journal']);
  expect(roomAt(kept - 1)).toEqual(['audit', 'journal']);
  expect(roomAt(kept / 2 - 1)).toEqual(['journal']);
  expect(roomAt(kept / 8 - 1)).toEqual([]);
});

test('a file system that does not tell its size has room', () => {
  expect(hasRoomFor('output', { size: 0, free: 0 })).toBe(true);
});

test('a given floor takes the place of the one that follows from the size', () => {
  const roomAt = (free: number) =>
    purposes.filter((purpose) => hasRoomFor(purpose, { size: 8 * mebibyte, free }, 4 * mebibyte));
  expect(roomAt(8 * mebibyte)).toEqual(['output', 'change', 'audit', 'journal']);
  expect(roomAt(4 * mebibyte - 1)).toEqual(['audit', 'journal']);
  expect(roomAt(mebibyte / 2)).toEqual(['journal']);
});
