import { expect, test } from 'vitest';
import type { OperationHost } from '../../src/operations/operation.ts';
import { defaultStrategy } from '../../src/operations/strategy.ts';
import { v0Record } from '../../src/operations/v0-record.ts';

const hosts: OperationHost[] = (
  ['succeeded', 'failed', 'running', 'unreachable', 'skipped', 'cancelled', 'pending', 'succeeded'] as const
).map((state, index) => ({
  address: `192.0.2.${index + 1}`,
  state,
  attempts: 1,
  exit_code: null,
  error: null,
  started_at: '',
  finished_at: '',
  output_bytes: 0,
}));

const operation = {
  id: 'op-1',
  number: 1,
  automatic: false,
  kind: 'deploy',
  parameters: { version: '7.2.5' },
  cluster: 'web',
  strategy: defaultStrategy,
  requested_by: 'tester',
  status: 'in_process' as const,
  outcome: null,
  cancelling: false,
  target: 'cluster:web',
  waiting_for: null,
  reason: '',
  started_at: '2026-01-02T03:04:05.000000',
  finished_at: '',
  counts: {},
  handshake_window: null,
};

// The members and their order are the contract (section 1.4): clients compare them whole.
test.each([
  ['restart', ['name', 'status', 'restarted', 'in_process', 'started_at', 'finished_at']],
  ['upgrade', ['name', 'status', 'upgraded', 'in_process', 'started_at', 'finished_at']],
  ['deploy', ['name', 'status', 'version', 'deployed', 'in_process', 'started_at', 'finished_at']],
] as const)('the v0 record of a %s has the members of the contract, in their order', (kind, members) => {
  const record = v0Record({ ...operation, kind }, kind, hosts);
  expect(Object.keys(record)).toEqual(members);
  const done = members.find((member) => member.endsWith('ed') && member !== 'started_at') ?? '';
  expect(record).toMatchObject({
    name: 'web',
    status: 'in_process',
    [done]: ['192.0.2.1', '192.0.2.8'],
    // Those that failed are in neither list.
    in_process: ['192.0.2.3'],
    started_at: '2026-01-02T03:04:05.000000',
    finished_at: '',
  });
  if (kind === 'deploy') expect(record.version).toBe('7.2.5');
});

// Whoever reads `finished` takes it that the machines have the version.
test.each([
  [null, 'in_process'],
  ['succeeded', 'finished'],
  ['with_failures', 'finished'],
  ['failed', 'failed'],
  ['cancelled', 'failed'],
  ['skipped', 'failed'],
] as const)('of an operation with the outcome %s the v0 record says %s', (outcome, status) => {
  const record = v0Record({ ...operation, status: 'finished', outcome }, 'deploy', hosts);
  expect(record.status).toBe(status);
  expect(Object.keys(record)).toHaveLength(7);
});
