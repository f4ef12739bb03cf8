import { expect, test } from 'vitest';
import { RecentLines } from '../../../src/telemetry/log/recent-lines.ts';

function filled(lines: readonly object[], bytes?: number) {
  const recent = new RecentLines(bytes);
  for (const line of lines) recent.add(`${JSON.stringify({ level: 'info', time: '2026-01-01T00:00:00Z', ...line })}\n`);
  return recent;
}

const texts = (lines: readonly { msg: string }[]) => lines.map(({ msg }) => msg);

test('the oldest lines go when there are more bytes than allowed; the numbers go on', () => {
  const many = Array.from({ length: 5_000 }, (_, at) => ({ msg: `line ${at + 1}` }));
  const recent = filled(many, 10_000);
  const kept = recent.newestLines({}, 10_000);
  expect(kept.length).toBeLessThan(200);
  expect(kept.at(-1)).toMatchObject({ line: 5_000, msg: 'line 5000' });
  expect(kept[0]?.line).toBe(5_001 - kept.length);
  const { lines, reached } = recent.linesAfter(0, {}, 10_000);
  expect([texts(lines), reached]).toEqual([texts(kept), 5_000]);
});

test('one line that is larger than everything allowed is kept alone', () => {
  const recent = filled([{ msg: 'a' }, { msg: 'x'.repeat(1_000) }], 100);
  expect(recent.newestLines({}, 10).map(({ line }) => line)).toEqual([2]);
});

test.each([
  ['level', { level: 'warn' }, ['second', 'third']],
  ['module', { module: 'ssh' }, ['third']],
  ['request', { requestId: 'r' }, ['second']],
  ['operation', { operation: 'o' }, ['third']],
  ['token', { logToken: 't' }, ['first']],
  ['time', { since: '2026-01-02' }, ['third']],
  ['all of them', { level: 'warn', module: 'ssh', requestId: 'r' }, []],
] as const)('lines are found by %s', (_name, filter, expected) => {
  const recent = filled([
    { msg: 'first', logToken: 't' },
    { msg: 'second', level: 'warn', requestId: 'r' },
    { msg: 'third', level: 'error', module: 'ssh', operation: 'o', time: '2026-01-03T00:00:00Z' },
  ]);
  expect(texts(recent.newestLines(filter, 10))).toEqual(expected);
  expect(texts(recent.linesAfter(0, filter, 10).lines)).toEqual(expected);
});

test('a reader that continues gets each line once', () => {
  const recent = filled([{ msg: 'first' }]);
  const { reached } = recent.linesAfter(0, {}, 10);
  let woken = 0;
  using _listening = recent.onLine(() => {
    woken += 1;
  });
  recent.add('{"level":"info","time":"","msg":"second"}');
  expect(woken).toBe(1);
  expect(texts(recent.linesAfter(reached, {}, 10).lines)).toEqual(['second']);
  expect(recent.linesAfter(recent.newest, {}, 10)).toEqual({ lines: [], reached: 2 });
});
