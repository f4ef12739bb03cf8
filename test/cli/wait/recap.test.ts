import { expect, test } from 'vitest';
import { nextCommands, reasonLines } from '../../../src/cli/wait/recap.ts';
import type { OperationDetail, OperationHost } from '../../../src/operations/operation.ts';
import { operationHost, operationRecord } from '../support/records.ts';

const finished = { status: 'finished', finished_at: 'then' } as const;

function without(address: string, state: OperationHost['state'], message: string, code = 'x'): OperationHost {
  return operationHost(address, { state, error: { code, message } });
}

test('each reason is said once, the worst ones last', () => {
  const results = [
    { ...without('h1', 'failed', 'ended with exit code 3; see …', 'command_failed'), exit_code: 3 },
    without('h2', 'unreachable', 'cannot reach h2:22'),
    without('h3', 'unreachable', 'cannot reach h3:22'),
    without('h4', 'cancelled', 'not started: enough'),
    without('h5', 'skipped', 'no ostree'),
    operationHost('h6', { state: 'succeeded' }),
    operationHost('h7', { state: 'running', phase: 'acting' }),
  ];
  expect(reasonLines({ results })).toEqual([
    'h5 skipped: no ostree',
    'h4 cancelled: not started: enough',
    'h[2-3] (2) unreachable: cannot reach HOST:22',
    'h1 failed: exit code 3',
  ]);
});

const failed = operationHost('h1', { state: 'failed' });
const cases: [what: string, operation: OperationDetail, commands: string[]][] = [
  ['went well', operationRecord([operationHost('h1', { state: 'succeeded' })], finished), []],
  ['runs', operationRecord([operationHost('h1', { state: 'running' })]), []],
  ['a host failed', operationRecord([failed], finished), ['retry: commctl operation retry 44']],
  [
    'a host failed and printed something',
    operationRecord([failed, { ...failed, address: 'h2', output_bytes: 5 }], finished),
    ['output: commctl operation log --host h2 44', 'retry: commctl operation retry 44'],
  ],
  [
    'cancelled',
    operationRecord([operationHost('h1', { state: 'cancelled' })], { status: 'cancelled', finished_at: 'then' }),
    ['retry: commctl operation retry 44'],
  ],
  ['paused', operationRecord([operationHost('h1')], { status: 'paused' }), ['resume: commctl operation resume 44']],
  [
    'waits for a promotion',
    operationRecord([operationHost('h1')], { status: 'waiting', waiting_for: { what: 'promotion', detail: '' } }),
    ['promote: commctl operation promote 44'],
  ],
];

test.each(cases)('what to type next: %s', (_, operation, commands) => {
  expect(nextCommands(operation)).toEqual(commands);
});
