import { expect, test } from 'vitest';
import type { OperationStatus } from '../../src/operations/operation.ts';
import { outcomeOf } from '../../src/operations/outcome.ts';

type Counts = Record<string, number>;

const cases: [status: OperationStatus, counts: Counts, outcome: string | null][] = [
  ['in_process', { succeeded: 1, failed: 1, running: 1 }, null],
  ['paused', { failed: 1, pending: 1 }, null],
  ['waiting', { pending: 2 }, null],
  ['finished', { succeeded: 3 }, 'succeeded'],
  ['finished', { succeeded: 3, skipped: 1 }, 'succeeded'],
  // A cluster without hosts.
  ['finished', {}, 'succeeded'],
  ['finished', { succeeded: 29, failed: 1 }, 'with_failures'],
  ['finished', { succeeded: 1, unreachable: 29 }, 'with_failures'],
  // Whatever the strategy says of failures: two hosts of two timed out.
  ['finished', { unreachable: 2 }, 'failed'],
  ['finished', { failed: 1, skipped: 1 }, 'failed'],
  ['failed', { succeeded: 1, failed: 1, cancelled: 3 }, 'failed'],
  ['failed', { cancelled: 3 }, 'failed'],
  ['cancelled', { succeeded: 2, failed: 1, cancelled: 2 }, 'cancelled'],
  ['finished', { skipped: 2 }, 'skipped'],
];

test.each(cases)('%s with %j: %s', (status, counts, outcome) => {
  expect(outcomeOf({ status, counts })).toBe(outcome);
});
