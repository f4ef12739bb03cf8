import { expect, test } from 'vitest';
import { changes } from '../../../src/cli/wait/plain-progress.ts';
import { operationHost, operationRecord } from '../support/records.ts';

const [a, b] = ['192.0.2.11', '192.0.2.12'];
const before = operationRecord([operationHost(a, { state: 'running', phase: 'acting' }), operationHost(b)]);

test('at first: what it is, and the hosts that are under way', () => {
  expect(changes(undefined, before)).toEqual(['operation #44: restart of cluster web', '192.0.2.11 running acting']);
});

test('nothing new, nothing said', () => {
  expect(changes(before, structuredClone(before))).toEqual([]);
});

test('a new phase is a change', () => {
  const now = operationRecord([operationHost(a, { state: 'running', phase: 'rebooting' }), operationHost(b)]);
  expect(changes(before, now)).toEqual(['192.0.2.11 running rebooting']);
});

test('the end of a host comes with its error on the same line', () => {
  const error = { code: 'timed_out', message: 'did not come\nback' };
  const now = operationRecord([operationHost(a, { state: 'failed', phase: 'rebooting', error }), operationHost(b)]);
  expect(changes(before, now)).toEqual(['192.0.2.11 failed did not come back']);
});

test('the end of the operation says how and why', () => {
  const now = operationRecord([operationHost(a, { state: 'failed' }), operationHost(b, { state: 'cancelled' })], {
    status: 'failed',
    reason: '1 host failed',
    finished_at: '2026-01-02T03:05:05.000000',
  });
  expect(changes(before, now)).toEqual([
    '192.0.2.11 failed',
    '192.0.2.12 cancelled',
    'operation #44: failed: 1 failed (192.0.2.11), 1 not started: 1 host failed',
  ]);
});

test('hosts that became the same are one line, under a node set', () => {
  const names = Array.from({ length: 40 }, (_, index) => `web${String(index + 1).padStart(3, '0')}`);
  const failed = (host: string) => ({ code: 'timed_out', message: `${host} did not come back` });
  const now = operationRecord([
    ...names.map((name) => operationHost(name, { state: 'succeeded' })),
    operationHost('db1', { state: 'running', phase: 'gating' }),
    operationHost('db2', { state: 'failed', error: failed('db2') }),
    operationHost('db3', { state: 'failed', error: failed('db3') }),
    operationHost('db4', { state: 'failed', error: { code: 'login_refused', message: 'db4 refused the key' } }),
  ]);
  const pending = operationRecord(now.results.map(({ address }) => operationHost(address)));
  expect(changes(pending, now)).toEqual([
    'web[001-040] (40) succeeded',
    'db1 running gating',
    'db[2-3] (2) failed HOST did not come back',
    'db4 failed db4 refused the key',
  ]);
});

test('while it is cancelled it says how many hosts are still running, and at the end how far it came', () => {
  const all = (states: readonly ('succeeded' | 'running' | 'pending' | 'cancelled')[]) =>
    states.map((state, index) => operationHost(`h${index + 1}`, { state }));
  const running = operationRecord(all(['succeeded', 'running', 'running', 'pending', 'pending']));
  const two = { ...running, cancelling: true };
  const one = operationRecord(all(['succeeded', 'succeeded', 'running', 'pending', 'pending']), { cancelling: true });
  const ended = operationRecord(all(['succeeded', 'succeeded', 'succeeded', 'cancelled', 'cancelled']), {
    status: 'cancelled',
    reason: 'cancelled',
    finished_at: '2026-01-02T03:05:05.000000',
  });
  expect(changes(running, two)).toEqual(['operation #44: cancelling: 2 hosts still running']);
  expect(changes(two, one)).toEqual(['h2 succeeded', 'operation #44: cancelling: 1 host still running']);
  expect(changes(one, ended)).toEqual([
    'h3 succeeded',
    'h[4-5] (2) cancelled',
    'operation #44: cancelled after 3 of 5',
  ]);
});
