import { expect, test } from 'vitest';
import { changeLines } from '../../../src/cli/wait/json-progress.ts';
import { operationHost, operationRecord } from '../support/records.ts';

const at = '2026-01-02T03:04:10.000Z';
const [a, b] = ['192.0.2.11', '192.0.2.12'];
const running = operationRecord([
  operationHost(a, { state: 'running', phase: 'acting', attempts: 1 }),
  operationHost(b),
]);
const error = { code: 'command_failed', message: 'no' };
const ended = operationRecord(
  [
    operationHost(a, { state: 'failed', attempts: 1, exit_code: 3, error, output_bytes: 7 }),
    operationHost(b, { state: 'cancelled' }),
  ],
  { status: 'failed', reason: '1 of 2 hosts failed', finished_at: '2026-01-02T03:04:10.000000' },
);

test('at first how the operation stands, and the hosts that were begun with', () => {
  expect(changeLines(undefined, running, at)).toEqual([
    {
      type: 'operation',
      at,
      id: 'op-1',
      number: 44,
      kind: 'restart',
      target: 'cluster:web',
      status: 'in_process',
      outcome: null,
      cancelling: false,
      waiting_for: null,
      reason: '',
      counts: { running: 1, pending: 1 },
      finished_at: '',
    },
    {
      type: 'host',
      at,
      host: a,
      state: 'running',
      phase: 'acting',
      attempts: 1,
      exit_code: null,
      error: null,
      output_bytes: 0,
    },
  ]);
});

test('nothing new, no line', () => {
  expect(changeLines(running, structuredClone(running), at)).toEqual([]);
});

test('the end of the operation is the last line, also when it had ended before anybody looked', () => {
  const hosts = [
    { type: 'host', host: a, state: 'failed', phase: null, exit_code: 3, error, output_bytes: 7 },
    { type: 'host', host: b, state: 'cancelled' },
  ];
  const end = {
    type: 'operation',
    status: 'failed',
    outcome: 'failed',
    finished_at: ended.finished_at,
    counts: { failed: 1, cancelled: 1 },
  };
  expect(changeLines(running, ended, at)).toMatchObject([...hosts, end]);
  expect(changeLines(undefined, ended, at)).toMatchObject([end, ...hosts, end]);
});

test('what it waits for is a change of its own', () => {
  const waiting_for = { what: 'promotion', detail: 'a promotion' } as const;
  const waiting = operationRecord(running.results, { status: 'waiting', waiting_for });
  expect(changeLines(running, waiting, at)).toMatchObject([{ type: 'operation', status: 'waiting', waiting_for }]);
});
