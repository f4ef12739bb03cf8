import { expect, test } from 'vitest';
import { foldedTable } from '../../src/cli/folded-table.ts';

test('groups have a heading each, and what a machine printed cannot move the cursor', () => {
  const alike = { state: 'succeeded', exit_code: 0, error: '', truncated: false, log_removed: false } as const;
  const lines = foldedTable([
    {
      ...alike,
      hosts: 'n7',
      count: 1,
      state: 'failed',
      exit_code: 3,
      error: 'command_failed',
      output: 'no\u001b[2J\ttab\u202e\n',
    },
    { ...alike, hosts: 'n[1-6,8-9]', count: 8, output: 'one\ntwo\n', truncated: true },
    { ...alike, hosts: 'n10', count: 1, state: 'cancelled', exit_code: null, error: 'not_started', output: '' },
    { ...alike, hosts: 'n[11-12]', count: 2, output: '', truncated: true, log_removed: true },
  ]);
  expect(lines).toEqual([
    'n7 (1): failed, exit code 3, command_failed',
    '  no tab\\u202e',
    'n[1-6,8-9] (8): succeeded, exit code 0',
    '  one',
    '  two',
    '  … and more: see `commctl operation log`',
    'n10 (1): cancelled, not_started',
    'n[11-12] (2): succeeded, exit code 0',
    '  (what they printed was removed to make room)',
  ]);
});
