import { expect, test } from 'vitest';
import { laidOut } from '../../src/cli/laid-out.ts';
import { operationTable } from '../../src/cli/operation-table.ts';
import { operationHost, operationRecord } from './support/records.ts';

const id = '0197c0de-0000-7000-8000-000000000001';
const now = Date.parse('2026-01-02T05:04:05Z');
const target = 'cluster:web & label:rack=3 - host:192.0.2.[17-19]';
const operations = [operationRecord([operationHost('192.0.2.11')], { id, kind: 'upgrade', target })];

test.each([40, 80, 100, 120, 200])('on %d columns the number is whole, and what fits is there', (columns) => {
  const lines = laidOut(operationTable(operations), { columns, zone: 'utc', now });
  for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(Math.max(columns, 80));
  expect(lines[1]).toContain('#44 ');
  expect(lines[1]?.includes(id)).toBe(columns === 200);
  expect(lines[1]?.includes('2h ago')).toBe(columns >= 80);
});

test('where nothing is cut the target is whole', () => {
  expect(laidOut(operationTable(operations))[1]).toContain(target);
});
