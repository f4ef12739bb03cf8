import { describe, expect, test } from 'vitest';
import { frame } from '../../../src/cli/wait/frame.ts';
import { operationHost, operationRecord } from '../support/records.ts';

const serverTime = Date.parse('2026-01-02T03:05:17Z');
const started_at = '2026-01-02T03:04:05.000000';
const finished_at = '2026-01-02T03:04:47.000000';

const hosts = [
  operationHost('192.0.2.11', { state: 'succeeded', started_at, finished_at }),
  operationHost('192.0.2.12', {
    state: 'failed',
    started_at,
    finished_at,
    error: { code: 'timed_out', message: 'did not come\nback in 10 minutes' },
  }),
  operationHost('192.0.2.113', { state: 'running', phase: 'rebooting', started_at: '2026-01-02T03:05:07.000000' }),
  operationHost('192.0.2.14'),
  operationHost('192.0.2.15'),
];

function texts(...args: Parameters<typeof frame>): string[] {
  return frame(...args).map(({ text }) => text);
}

test('a heading and one line per host', () => {
  expect(texts({ operation: operationRecord(hosts), serverTime }, { columns: 80, rows: 24 })).toEqual([
    'restart of cluster web: in_process, 2/5 done, 1 failed, 1m12s',
    '  192.0.2.11   succeeded       42s',
    '  192.0.2.12   failed          42s  did not come back in 10 minutes',
    '  192.0.2.113  rebooting       10s',
    '  192.0.2.14   pending',
    '  192.0.2.15   pending',
  ]);
});

test('tones follow the states', () => {
  const lines = frame({ operation: operationRecord(hosts), serverTime }, { columns: 80, rows: 24 });
  expect(lines.map(({ tone }) => tone)).toEqual(['plain', 'good', 'bad', 'busy', 'quiet', 'quiet']);
});

test('a finished operation took as long as it took, whenever it is looked at', () => {
  const operation = operationRecord(hosts.slice(0, 1), { status: 'finished', finished_at });
  const [heading] = texts({ operation, serverTime: serverTime + 3_600_000 }, { columns: 80, rows: 24 });
  expect(heading).toBe('restart of cluster web: finished, 1/1 done, 42s');
});

test('an operation without a cluster is named by its host', () => {
  const operation = operationRecord(hosts.slice(0, 1), { kind: 'bootstrap', cluster: '' });
  const [heading] = texts({ operation, serverTime }, { columns: 80, rows: 24 });
  expect(heading).toMatch(/^bootstrap of 192\.0\.2\.11: /);
});

test('a narrow screen cuts lines, by cells', () => {
  const wide = operationHost('192.0.2.16', { state: 'failed', error: { code: 'x', message: '接続できません' } });
  const lines = texts({ operation: operationRecord([wide]), serverTime }, { columns: 40, rows: 24 });
  expect(lines).toEqual(['restart of cluster web: in_process, 1/1…', '  192.0.2.16  failed               接続…']);
  expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(40);
});

describe('more hosts than rows', () => {
  const many = Array.from({ length: 200 }, (_, index) => operationHost(`h${index}`));
  const at = (index: number, change: Parameters<typeof operationHost>[1]) => {
    many[index] = operationHost(`h${index}`, change);
  };
  for (let index = 0; index < 50; index += 1) at(index, { state: 'succeeded', started_at, finished_at });
  at(7, { state: 'unreachable', started_at, finished_at });
  at(50, { state: 'running', phase: 'connecting', started_at: '2026-01-02T03:05:16.000000' });
  at(51, { state: 'running', started_at: '2026-01-02T03:05:16.000000' });
  const operation = operationRecord(many);

  test('shows what runs and what failed, and counts the rest', () => {
    expect(texts({ operation, serverTime }, { columns: 80, rows: 24 })).toEqual([
      'restart of cluster web: in_process, 50/200 done, 1 failed, 1m12s',
      '  h7   unreachable     42s',
      '  h50  connecting       1s',
      '  h51  running          1s',
      '… and 49 succeeded, 148 pending',
    ]);
  });

  test.each([2, 3, 4, 5, 10])('fits into %i rows with one to spare', (rows) => {
    expect(frame({ operation, serverTime }, { columns: 80, rows }).length).toBeLessThanOrEqual(Math.max(2, rows - 1));
  });

  test('what runs goes before what failed', () => {
    expect(texts({ operation, serverTime }, { columns: 80, rows: 5 })).toEqual([
      'restart of cluster web: in_process, 50/200 done, 1 failed, 1m12s',
      '  h50  connecting       1s',
      '  h51  running          1s',
      '… and 49 succeeded, 1 unreachable, 148 pending',
    ]);
  });
});
