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
/** The operation that waits, which has no host of the budget. */
const another = { id: 'c-op', kind: 'restart' };
const beginning = 'the budget web lets 4 of 9 hosts be down';

test('a budget is told of with the hosts and operations that somebody may see', async () => {
  const waiting = waitingForBudget(budget);
  expect(waiting.detail).toBe(`${beginning}, and that many are`);
  expect(await waitingShownTo(undefined, waiting, another)).toEqual({
    what: 'budget',
    detail: `${beginning}, and down are a1 (taken by a-op), a2 (left unreachable by b-op), b1 (failed in the inventory) and 1 more`,
  });
  expect(await waitingShownTo(limited, waiting, another)).toEqual({
    what: 'budget',
    detail: `${beginning}, and down are a1 (taken by a-op), a2 (left unreachable) and 2 more`,
  });
});

test('an operation that waits for its own hosts is told so', async () => {
  const waiting = waitingForBudget(budget);
  const told = `${beginning}, and down are a1 (taken by this operation), a2 (left unreachable by b-op), b1 (failed in the inventory) and 1 more`;
  for (const kind of ['restart', 'exec'])
    expect(await waitingShownTo(undefined, waiting, { id: 'a-op', kind })).toEqual({ what: 'budget', detail: told });
});

test('an exec whose own hosts fill the budget is told how a harmless command avoids it', async () => {
  const [first] = budget.down;
  const waiting = waitingForBudget({ ...budget, max_down: 1, allowed: 1, down: first === undefined ? [] : [first] });
  const told = 'the budget web lets 1 of 9 hosts be down, and down are a1 (taken by this operation)';
  const detailOf = async (kind: string) => (await waitingShownTo(undefined, waiting, { id: 'a-op', kind })).detail;
  expect(await detailOf('restart')).toBe(told);
  expect(await detailOf('exec')).toBe(
    `${told}; a command that takes no host down does not wait for budgets when it is started with --harmless`,
  );
});

test.each([
  ['a-op', 'restart a-op has the host a1'],
  ['b-op', 'another operation has the host a1'],
])('a lock is told of with the operation that somebody may see: %s', async (operation, detail) => {
  const waiting = waitingForLock({ lock: 'host/a1', operation, kind: 'restart' });
  expect(waiting.detail).toBe('another operation has the host a1');
  expect(await waitingShownTo(limited, waiting, another)).toEqual({ what: 'lock', detail });
  expect((await waitingShownTo(undefined, waiting, another)).detail).toBe(`restart ${operation} has the host a1`);
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
    expect(await waitingShownTo(undefined, { what, detail }, another)).toEqual({ what, detail });
    expect(await waitingShownTo(limited, { what, detail }, another)).toEqual({ what, detail: told });
    expect(await waitingShownTo(limited, { what, detail: told }, another)).toEqual({ what, detail: told });
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
