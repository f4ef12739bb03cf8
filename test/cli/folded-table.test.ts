import { expect, test } from 'vitest';
import { foldedTable } from '../../src/cli/folded-table.ts';
import { operationHost, operationRecord } from './support/records.ts';

const alike = { state: 'succeeded', exit_code: 0, error: '', truncated: false, log_removed: false } as const;

test('groups have a heading each, and what a machine printed cannot move the cursor', () => {
  const odd = {
    ...alike,
    hosts: 'n7',
    count: 1,
    state: 'failed',
    exit_code: 3,
    error: 'command_failed',
    output: 'no\u001b[2J\ttab\u202e\n',
  } as const;
  const lines = foldedTable(
    [
      odd,
      { ...alike, hosts: 'n[11-12]', count: 2, output: '', truncated: true, log_removed: true },
      { ...alike, hosts: 'n10', count: 1, state: 'cancelled', exit_code: null, error: 'not_started', output: '' },
      { ...alike, hosts: 'n[1-6,8-9]', count: 8, output: 'one\ntwo\n', truncated: true },
    ],
    operationRecord([]),
  );
  expect(lines).toEqual([
    'n[1-6,8-9] (8)',
    '  one',
    '  two',
    '  … and more: see `commctl operation log 44`',
    'n[11-12] (2)',
    '  (what they printed was removed to make room)',
    'n7 (1): failed, exit code 3',
    '  no tab\\u202e',
    'n10 (1): cancelled: not_started',
  ]);
});

test('the heading of hosts that were not reached says why, each reason once', () => {
  const unreachable = (address: string, message: string) =>
    operationHost(address, { state: 'unreachable', error: { code: 'unreachable', message } });
  const group = { ...alike, state: 'unreachable', exit_code: null, error: 'unreachable', output: '' } as const;
  const operation = operationRecord([
    operationHost('n1', { state: 'succeeded' }),
    unreachable('n2', 'cannot reach n2:22: timed out'),
    unreachable('n3', 'cannot reach n3:22: refused'),
    unreachable('n4', 'cannot reach n4:22: timed out'),
  ]);
  expect(foldedTable([{ ...group, hosts: 'n3', count: 1 }], operation)).toEqual([
    'n3 (1): unreachable: cannot reach n3:22: refused',
  ]);
  expect(foldedTable([{ ...group, hosts: 'n[2-4]', count: 3 }], operation)).toEqual([
    'n[2-4] (3): unreachable: cannot reach HOST:22: timed out; cannot reach n3:22: refused',
  ]);
});
