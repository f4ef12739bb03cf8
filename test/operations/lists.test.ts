import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Condition, everything, type Filter, type Selection, select } from '../../src/lib/selection.ts';
import type { Engine } from '../../src/operations/engine.ts';
import { succeeded } from '../../src/operations/kind.ts';
import type { Operation } from '../../src/operations/operation.ts';
import { OperationViews, type Seen } from '../../src/operations/operation-views.ts';
import { operationRecords, putOperation, readOperation } from '../../src/operations/records.ts';
import { scopeOf } from '../../src/operations/scope.ts';
import { records, type Store } from '../../src/store/contract.ts';
import { CountingStore } from '../store/counting-store.ts';
import { migrateFromFirst } from '../support/migrated.ts';
import { until } from '../support/until.ts';
import { engineOn, failed, Gate, kindOf, temporaryStore } from './support.ts';

const many = 60;
/** One kind and one cluster, of 60 operations, is about 10 of them. */
const kinds = ['restart', 'exec', 'copy'];
const clusters = ['web', 'db', ''];

const store = temporaryStore();
const gate = new Gate();
let engine: Engine;

/** Operations of each kind on each cluster; some failed, some were cancelled, and the last six are under way. */
beforeAll(async () => {
  engine = engineOn(
    store,
    kinds.map((name) =>
      kindOf({
        name,
        run: async ({ address }) => {
          if (address.startsWith('waiting')) await gate.passed;
          return address.startsWith('bad') ? failed() : succeeded(0);
        },
      }),
    ),
  );
  for (let n = 0; n < many; n += 1) {
    const kind = kinds[n % 3] ?? '';
    const cluster = clusters[Math.floor(n / 3) % 3] ?? '';
    const isUnderWay = n >= many - 6;
    const host = isUnderWay ? `waiting${n}` : n % 5 === 0 ? `bad${n}` : `good${n}`;
    const strategy = { batch: 1, max_failures: 1 };
    // Of the same cluster only one may be under way.
    const target = isUnderWay ? '' : cluster;
    const start = { kind, parameters: {}, cluster: target, target: `cluster:${cluster}`, strategy, requestedBy: 'me' };
    const automatic = n % 7 === 0 ? { automatic: true as const } : {};
    const { operation } = await engine.start({ ...start, ...automatic }, async () => [host]);
    if (!isUnderWay) await engine.released(operation.id);
  }
  await until(async () => {
    const all = (await whole()).records;
    return all.filter(({ counts }) => counts.running === 1).length === 6;
  });
});

afterAll(async () => {
  gate.open();
  await engine.stop();
  await store[Symbol.asyncDispose]();
});

function viewsOn(on: Store): OperationViews {
  return new OperationViews(on, engine);
}

async function listed(views: OperationViews, selection: Selection, seen: Seen = {}) {
  const { records: page, total } = await views.select(selection, seen);
  return { records: await Array.fromAsync(page), total };
}

const whole = () => listed(viewsOn(store), everything);

function isFor(member: string, condition: Condition, kind: 'text' | 'name' | 'number' = 'text'): Filter {
  return { field: { path: [member], kind }, condition };
}

const is = (member: string, ...globs: string[]) => isFor(member, { is: 'in', globs });

/** Whoever sees these clusters only; an empty name stands for hosts in none. */
const seeing = (...names: string[]): Seen => ({
  isVisible: (scope) => scope.every((cluster) => names.includes(cluster ?? '')),
});

describe('of the operations only those of the page are read', () => {
  const cases: Array<[string, Filter[], Seen]> = [
    ['of a kind', [is('kind', 'restart')], {}],
    ['of a cluster', [is('cluster', 'web')], {}],
    ['of a kind and a cluster', [is('kind', 'restart'), is('cluster', 'db')], {}],
    ['of kinds by a pattern', [is('kind', 're*')], {}],
    ['of all kinds but one', [isFor('kind', { is: 'not_in', globs: ['exec'] })], {}],
    ['that finished', [is('status', 'finished')], {}],
    ['that failed, of a cluster', [is('status', 'failed'), is('cluster', 'db')], {}],
    ['under way', [is('status', 'in_process')], {}],
    ['that did not go well', [is('outcome', 'failed', 'with_failures')], {}],
    ['that went well, of a kind', [is('outcome', 'succeeded'), is('kind', 'exec')], {}],
    ['that somebody may see', [], seeing('web')],
    ['that are not automatic', [isFor('automatic', { is: 'equal', text: 'false' })], {}],
    [
      'that are not automatic, of a cluster',
      [isFor('automatic', { is: 'equal', text: 'false' }), is('cluster', 'web')],
      {},
    ],
    ['of a kind that somebody may see', [is('kind', 'exec')], seeing('web', 'db')],
  ];

  test.each(cases)('%s', async (_, filters, seen) => {
    // The operations of an earlier version are put into the index by the first who asks.
    await listed(viewsOn(store), { ...everything, filters: [is('kind', 'none')] });
    const counting = new CountingStore(store);
    const { records: page, total } = await listed(viewsOn(counting), { ...everything, filters, limit: 3 }, seen);
    expect(page).toHaveLength(3);
    expect(total).toBeGreaterThan(3);
    expect(counting.read.get('operations')).toBe(3);
  });

  test('and of those with another condition, what the others leave', async () => {
    await listed(viewsOn(store), { ...everything, filters: [is('kind', 'none')] });
    const counting = new CountingStore(store);
    const filters = [is('kind', 'restart'), is('cluster', 'web'), is('requested_by', 'me')];
    const { total } = await listed(viewsOn(counting), { ...everything, filters, limit: 2 });
    expect(counting.read.get('operations')).toBe(total + 2);
  });
});

const condition: fc.Arbitrary<(values: readonly string[]) => fc.Arbitrary<Condition>> = fc.constant((values) =>
  fc.oneof(
    fc.record({ is: fc.constant('equal' as const), text: fc.constantFrom(...values) }),
    fc.record({ is: fc.constantFrom('in' as const, 'not_in' as const), globs: fc.subarray([...values, '*e*']) }),
    fc.record({ is: fc.constantFrom('below' as const, 'from' as const), text: fc.constantFrom(...values) }),
  ),
);
const filter: fc.Arbitrary<Filter> = condition.chain((of) =>
  fc.oneof(
    of([...kinds, 'none', 'a/b', '']).map((each) => isFor('kind', each)),
    of([...clusters, 'none']).map((each) => isFor('cluster', each, 'name')),
    of(['finished', 'failed', 'in_process', 'paused', '']).map((each) => isFor('status', each)),
    of(['succeeded', 'failed', 'with_failures', '']).map((each) => isFor('outcome', each)),
    of(['me', 'you']).map((each) => isFor('requested_by', each)),
    of(['true', 'false']).map((each) => isFor('automatic', each)),
    of(['1', '7', '07', '99']).map((each) => isFor('number', each, 'number')),
  ),
);
const selection: fc.Arbitrary<Selection> = fc.record({
  filters: fc.array(filter, { maxLength: 4 }),
  sort: fc.subarray([{ field: { path: ['kind'] as const, kind: 'text' as const }, descending: false }]),
  reverse: fc.boolean(),
  offset: fc.integer({ min: 0, max: 8 }),
  limit: fc.integer({ min: 1, max: 20 }),
});
const seen = fc.oneof(
  fc.constant<Seen>({}),
  fc.subarray(clusters).map((names) => seeing(...names)),
);

test('a page is what it is when every operation is looked at', async () => {
  const all = (await whole()).records;
  expect(all).toHaveLength(many);
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['finished', 'failed', 'in_process']));
  const scopes = new Map<Operation, readonly (string | undefined)[]>();
  for (const operation of all) scopes.set(operation, scopeOf(await readOperation(store, operation.id)));
  await fc.assert(
    fc.asyncProperty(selection, seen, async (asked, who) => {
      const expected = select(all, asked, (operation) => who.isVisible?.(scopes.get(operation) ?? []) !== false);
      const found = await listed(viewsOn(store), asked, who);
      expect(found.total).toBe(expected.total);
      expect(found.records).toEqual(expected.records);
    }),
    { numRuns: 150 },
  );
});

/** As an earlier version left it. */
async function withoutIndex(on: Store): Promise<void> {
  await on.transact(async (tx) => {
    for (const part of ['operations-by-kind', 'operations-by-cluster', 'operations-by-status', 'operations-indexed']) {
      for await (const { key } of tx.list(records(part))) tx.delete(records(part), key);
    }
  });
}

describe('operations of an earlier version', () => {
  const selections = [
    is('kind', 'copy'),
    is('cluster', 'web'),
    is('status', 'failed'),
    is('status', 'in_process'),
    is('outcome', 'failed'),
  ].map((each) => ({ ...everything, filters: [each] }));

  test('are found as well', async () => {
    const before = [];
    for (const each of selections) before.push(await listed(viewsOn(store), each));
    await withoutIndex(store);
    await migrateFromFirst(store);
    const views = viewsOn(store);
    const after = await Promise.all(selections.map((each) => listed(views, each)));
    expect(after).toEqual(before);
    for (const { total } of after) expect(total).toBeGreaterThan(0);
  });

  test('are found however many there are', async () => {
    await using other = temporaryStore();
    const [newest] = (await whole()).records;
    const operation = await readOperation(store, newest?.id ?? '');
    await other.transact(async (tx) => {
      for (let n = 0; n < 450; n += 1) putOperation(tx, { ...operation, id: `op-${n}`, status: 'finished' });
    });
    await migrateFromFirst(other);
    const asked = { ...everything, filters: [is('kind', operation.kind), is('status', 'finished')], limit: 10 };
    expect((await listed(viewsOn(other), asked)).total).toBe(450);
  });
});

test('one that is removed while the page is read is left out', async () => {
  const views = viewsOn(store);
  const { records: page } = await views.select({ ...everything, filters: [is('cluster', 'web')] });
  const ids: string[] = [];
  for await (const { id } of page) {
    ids.push(id);
    const oldest = (await listed(views, { ...everything, filters: [is('cluster', 'web')] })).records.at(-1)?.id;
    if (ids.length === 1) await store.transact(async (tx) => tx.delete(operationRecords, oldest ?? ''));
  }
  const left = (await listed(views, { ...everything, filters: [is('cluster', 'web')] })).records;
  expect(ids).toEqual(left.map(({ id }) => id));
});
