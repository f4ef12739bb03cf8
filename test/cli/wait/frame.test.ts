import { describe, expect, test } from 'vitest';
import { frame } from '../../../src/cli/wait/frame.ts';
import type { Scene } from '../../../src/cli/wait/scene.ts';
import { operationHost, operationRecord } from '../support/records.ts';

const serverTime = Date.parse('2026-01-02T03:05:17Z');
const started_at = '2026-01-02T03:04:05.000000';
const finished_at = '2026-01-02T03:04:47.000000';
const size = { columns: 80, rows: 24 };

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

function scene(operation: Scene['operation'], more: Partial<Scene> = {}): Scene {
  return { operation, serverTime, batches: [], lastLines: new Map(), ...more };
}

function texts(...args: Parameters<typeof frame>): string[] {
  return frame(...args).map(({ text }) => text);
}

test('a heading and one line per host', () => {
  expect(texts(scene(operationRecord(hosts)), size)).toEqual([
    '#44 restart of cluster web: in_process, 2/5 done, 1 failed, 1m12s',
    '  192.0.2.11   succeeded       42s',
    '  192.0.2.12   failed          42s  did not come back in 10 minutes',
    '  192.0.2.113  rebooting       10s',
    '  192.0.2.14   pending',
    '  192.0.2.15   pending',
  ]);
});

test('tones follow the states', () => {
  const lines = frame(scene(operationRecord(hosts)), size);
  expect(lines.map(({ tone }) => tone)).toEqual(['plain', 'good', 'bad', 'busy', 'quiet', 'quiet']);
});

test('the batch under way, what it waits for, and what a host printed that failed', () => {
  const detail = 'a promotion after the first batch';
  const operation = operationRecord(hosts, { status: 'waiting', waiting_for: { what: 'promotion', detail } });
  const batches = [['192.0.2.11', '192.0.2.12', '192.0.2.113'], ['192.0.2.14'], ['192.0.2.15']];
  const lastLines = new Map([['192.0.2.12', ['one', '\x1b[2Jtwo']]]);
  expect(texts(scene(operation, { batches, lastLines }), size)).toEqual([
    '#44 restart of cluster web: waiting, 2/5 done, 1 failed, 1m12s',
    '  waiting: a promotion after the first batch',
    '  ████████████░░░░░░░░░░░░░░░░░░  40%  batch 1 of 3: 2 of 3 done',
    '  192.0.2.11   succeeded       42s',
    '  192.0.2.12   failed          42s  did not come back in 10 minutes',
    '    | one',
    '    | \\u001b[2Jtwo',
    '  192.0.2.113  rebooting       10s',
    '  192.0.2.14   pending',
    '  192.0.2.15   pending',
  ]);
});

test('a finished operation took as long as it took, whenever it is looked at', () => {
  const operation = operationRecord(hosts.slice(0, 1), { status: 'finished', finished_at });
  const [heading] = texts(scene(operation, { serverTime: serverTime + 3_600_000 }), size);
  expect(heading).toBe('#44 restart of cluster web: finished: 1 ok, 42s');
});

test('one that stopped says why', () => {
  const reason = '1 of 1 hosts failed, and max_failures is 1';
  const operation = operationRecord(hosts.slice(1, 2), { status: 'failed', reason, finished_at });
  expect(texts(scene(operation), size).slice(0, 2)).toEqual([
    '#44 restart of cluster web: failed: 1 failed (192.0.2.12), 42s',
    `  ${reason}`,
  ]);
});

test('one that is cancelled says what it waits for, and then how far it came', () => {
  const bar = [['192.0.2.11'], ['192.0.2.12'], ['192.0.2.113']];
  const cancelling = scene(operationRecord(hosts, { cancelling: true }), { batches: bar });
  expect(texts(cancelling, { columns: 100, rows: 24 })[0]).toBe(
    '#44 restart of cluster web: cancelling: 1 host still running, 2/5 done, 1 failed, 1m12s',
  );
  const states = ['succeeded', 'failed', 'succeeded', 'cancelled', 'cancelled'] as const;
  const ended = states.map((state, index) => operationHost(`h${index + 1}`, { state }));
  const cancelled = operationRecord(ended, { status: 'cancelled', reason: 'cancelled', finished_at });
  const lines = frame(scene(cancelled, { batches: bar }), size);
  expect(lines.slice(0, 2)).toEqual([
    { text: '#44 restart of cluster web: cancelled after 3 of 5: 2 ok, 1 failed (h2), 42s', tone: 'quiet' },
    { text: '  ██████████████████░░░░░░░░░░░░  60%', tone: 'plain' },
  ]);
});

test('one that ended with failures has a colour of its own, and names the hosts where there is room', () => {
  const results = [
    operationHost('192.0.2.11', { state: 'succeeded' }),
    operationHost('192.0.2.12', { state: 'failed' }),
    operationHost('192.0.2.13', { state: 'unreachable' }),
  ];
  const ended = scene(operationRecord(results, { status: 'finished', finished_at }));
  expect(frame(ended, { columns: 120, rows: 24 })[0]).toEqual({
    text: '#44 restart of cluster web: finished: 1 ok, 1 failed (192.0.2.12), 1 unreachable (192.0.2.13), 42s',
    tone: 'warning',
  });
  expect(texts(ended, size)[0]).toBe('#44 restart of cluster web: finished: 1 ok, 1 failed, 1 unreachable, 42s');
});

test.each([
  [1, 'bootstrap of 192.0.2.11: '],
  [2, 'bootstrap of 2 hosts (label:rack=3): '],
])('an operation without a cluster on %i hosts', (count, heading) => {
  const operation = operationRecord(hosts.slice(0, count), { kind: 'bootstrap', cluster: '', target: 'label:rack=3' });
  expect(texts(scene(operation), size)[0]).toContain(heading);
});

test('a narrow screen cuts lines, by cells', () => {
  const wide = operationHost('192.0.2.16', { state: 'failed', error: { code: 'x', message: '接続できません' } });
  const lines = texts(scene(operationRecord([wide])), { columns: 40, rows: 24 });
  expect(lines).toEqual(['#44 restart of cluster …: in_process, 1…', '  192.0.2.16  failed               接続…']);
  expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(40);
});

test('a long target gives way to how it stands', () => {
  const target = hosts.map(({ address }) => address).join(',');
  const [heading] = texts(scene(operationRecord(hosts, { cluster: '', target })), { columns: 72, rows: 24 });
  expect(heading).toBe('#44 restart of 5 hosts (192.0.2.…: in_process, 2/5 done, 1 failed, 1m12s');
});

describe('more hosts than rows', () => {
  const command = (address: string, exit_code: number) => ({
    state: 'failed' as const,
    exit_code,
    error: { code: 'command_failed', message: `the command on ${address} was ended with exit code ${exit_code}` },
  });
  const names = Array.from({ length: 200 }, (_, index) => `web${String(index + 1).padStart(3, '0')}`);
  const many = names.map((name, index) => {
    if (name === 'web003' || name === 'web017') return operationHost(name, command(name, 3));
    if (name === 'web020') return operationHost(name, command(name, 1));
    const gone = { code: 'unreachable', message: `cannot reach ${name}:22` };
    if (name === 'web007') return operationHost(name, { state: 'unreachable', error: gone });
    if (index < 60) return operationHost(name, { state: 'succeeded' });
    if (index < 62) return operationHost(name, { state: 'running', phase: 'connecting' });
    return operationHost(name, index < 80 ? { state: 'running', phase: 'acting' } : {});
  });
  const operation = operationRecord(many, { kind: 'exec', cluster: '', target: 'web[001-200]' });
  const batches = [names.slice(0, 40), names.slice(40, 80), names.slice(80)];
  const lastLines = new Map([
    ['web003', ['Reading package lists...', 'E: Unable to locate package']],
    ['web020', ['a', 'b', 'c', 'd', 'e', 'f', 'disk full']],
  ]);
  const whole = scene(operation, { batches, lastLines });

  test('they are folded by what they are at, and the odd failures come first with their last lines', () => {
    expect(texts(whole, size)).toEqual([
      '#44 exec of 200 hosts (web[001-200]): in_process, 60/200 done, 4 failed, 1m12s',
      '  █████████░░░░░░░░░░░░░░░░░░░░░  30%  batch 2 of 3: 20 of 40 done',
      '  running connecting    2  web[061-062]',
      '  running acting       18  web[063-080]',
      '  failed                3  web[003,017,020]',
      '  unreachable           1  web007',
      '  pending             120  web[081-200]',
      '  succeeded            56  web[001-002,004-006,008-016,018-019,021-060]',
      'web007: cannot reach web007:22',
      'web020: exit code 1',
      '  | c',
      '  | d',
      '  | e',
      '  | f',
      '  | disk full',
      'web[003,017] (2): exit code 3',
      '  web003| Reading package lists...',
      '  web003| E: Unable to locate package',
    ]);
  });

  test('a wide screen has room for those that were unreachable', () => {
    expect(texts(whole, { columns: 100, rows: 24 })[0]).toBe(
      '#44 exec of 200 hosts (web[001-200]): in_process, 60/200 done, 3 failed, 1 unreachable, 1m12s',
    );
  });

  test('tones follow the states', () => {
    const tones = frame(whole, size).map(({ tone }) => tone);
    expect(tones.slice(0, 10)).toEqual(['plain', 'plain', 'busy', 'busy', 'bad', 'bad', 'quiet', 'good', 'bad', 'bad']);
  });

  test('what does not fit is cut from the end: lines of output, then failures, which are counted', () => {
    expect(texts(whole, { columns: 80, rows: 14 }).slice(8)).toEqual([
      'web007: cannot reach web007:22',
      'web020: exit code 1',
      '  | disk full',
      'web[003,017] (2): exit code 3',
      '  web003| E: Unable to locate package',
    ]);
    expect(texts(whole, { columns: 80, rows: 11 }).slice(8)).toEqual([
      'web007: cannot reach web007:22',
      '… and 3 hosts that failed in 2 other ways',
    ]);
  });

  const sizes = [1, 2, 3, 5, 8, 10, 12, 24, 50].flatMap((rows) => [20, 80].map((columns) => ({ rows, columns })));
  test.each(sizes)('fits into $rows rows and $columns columns with a row to spare', ({ rows, columns }) => {
    const lines = texts(whole, { columns, rows });
    expect(lines.length).toBeLessThanOrEqual(Math.max(2, rows - 1));
    expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(columns);
  });

  test('ten thousand hosts that each fail in their own way are still one screen', () => {
    const results = Array.from({ length: 10_000 }, (_, index) => {
      const error = { code: 'x', message: `reason ${index}` };
      return operationHost(`n${index * 2}`, { state: 'failed', error });
    });
    const lines = texts(scene(operationRecord(results)), size);
    expect(lines).toHaveLength(23);
    expect(lines[3]).toBe('n0: reason 0');
    expect(lines.at(-1)).toBe('… and 9981 hosts that failed in 9981 other ways');
  });
});
