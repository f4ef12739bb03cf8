import { expect, test } from 'vitest';
import { eventForAll } from '../../src/events/for-all.ts';
import type { BudgetView } from '../../src/operations/budget.ts';
import type { Insight } from '../../src/operations/insight.ts';
import type { WaitingFor } from '../../src/operations/operation.ts';
import { waitingForBudget, waitingForLock, waitingShownTo } from '../../src/operations/waiting.ts';

/** May be told of what begins with an `a`. */
const limited: Insight = {
  seesHost: (address) => address.startsWith('a'),
  seesOperation: async (id) => id.startsWith('a'),
};

const budget: BudgetView = {
  name: 'web',
  target: 'all',
  max_down: 4,
  hosts: 9,
  allowed: 4,
  down: [
    { address: 'a1', why: 'taken', operation: 'a-op' },
    { address: 'a2', why: 'unreachable', operation: 'b-op' },
    { address: 'b1', why: 'failed', operation: null },
    { address: 'b2', why: 'taken', operation: 'b-op' },
  ],
};
const beginning = 'the budget web lets 4 of 9 hosts be down';

test('a budget is told of with the hosts and operations that somebody may see', async () => {
  const waiting = waitingForBudget(budget);
  expect(waiting.detail).toBe(`${beginning}, and that many are`);
  expect(await waitingShownTo(undefined, waiting)).toEqual({
    what: 'budget',
    detail: `${beginning}, and down are a1 (taken by a-op), a2 (left unreachable by b-op), b1 (failed in the inventory) and 1 more`,
  });
  expect(await waitingShownTo(limited, waiting)).toEqual({
    what: 'budget',
    detail: `${beginning}, and down are a1 (taken by a-op), a2 (left unreachable) and 2 more`,
  });
});

test.each([
  ['a-op', 'restart a-op has the host a1'],
  ['b-op', 'another operation has the host a1'],
])('a lock is told of with the operation that somebody may see: %s', async (operation, detail) => {
  const waiting = waitingForLock({ lock: 'host/a1', operation, kind: 'restart' });
  expect(waiting.detail).toBe('another operation has the host a1');
  expect(await waitingShownTo(limited, waiting)).toEqual({ what: 'lock', detail });
  expect((await waitingShownTo(undefined, waiting)).detail).toBe(`restart ${operation} has the host a1`);
});

/** As earlier versions stored them, and what of it is told to those who may not see everything. */
const stored: Array<[WaitingFor['what'], string, string]> = [
  ['budget', `${beginning}, and down are b1 (taken by b-op) and 3 more`, `${beginning}, and that many are`],
  ['budget', 'some text of b1', 'a budget'],
  ['lock', 'restart b-op has the host a1', 'another operation has the host a1'],
  ['lock', 'upgrade b-op has the cluster a', 'another operation has the cluster a'],
  ['lock', 'some text of b1', 'another operation'],
  ['promotion', 'a promotion after the first batch', 'a promotion after the first batch'],
  ['window', 'the window opens at 2026-03-02T22:00:00.000Z', 'the window opens at 2026-03-02T22:00:00.000Z'],
];

test.each(stored)(
  'of what an earlier version stored names are told to nobody who is limited: %s, %s',
  async (...row) => {
    const [what, detail, told] = row;
    expect(await waitingShownTo(undefined, { what, detail })).toEqual({ what, detail });
    expect(await waitingShownTo(limited, { what, detail })).toEqual({ what, detail: told });
    expect(await waitingShownTo(limited, { what, detail: told })).toEqual({ what, detail: told });
  },
);

test.each(stored)('an event that an earlier version stored names nobody: %s, %s', (what, detail, told) => {
  const event = { sequence: 1, at: '', type: 'operation', key: 'x' };
  const data = { kind: 'restart', cluster: 'a', what, detail };
  const waiting = { ...event, action: 'waiting', data };
  expect(eventForAll(waiting)).toEqual({ ...waiting, data: { ...data, detail: told } });
  const other = { ...event, action: 'started', data };
  expect(eventForAll(other)).toBe(other);
});
