import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostRecords } from '../../src/inventory/collections.ts';
import { emptyHost } from '../../src/inventory/host.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { everything } from '../../src/lib/selection.ts';
import { budgetRecords, leftDownRecords } from '../../src/operations/budget.ts';
import { Budgets } from '../../src/operations/budgets.ts';
import { Disruptions } from '../../src/operations/disruptions.ts';
import type { Engine } from '../../src/operations/engine.ts';
import type { HostWork } from '../../src/operations/kind.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { Operations } from '../../src/operations/operations.ts';
import type { Strategy } from '../../src/operations/strategy.ts';
import { until } from '../support/until.ts';
import { engineOn, failed, Gate, kindOf, request, ScriptedKind, temporaryStore, unreachable } from './support.ts';

const all = { batch: '100%', on_failure: 'continue' } as const;

/** A site whose hosts `w1`, `w2`, … have the label role=web and `d1`, `d2`, … role=db, each script one letter a try. */
class Site implements AsyncDisposable {
  readonly store = temporaryStore();
  readonly kind: ScriptedKind;
  disruptions = new Disruptions(this.store);
  budgets = new Budgets(this.store, this.disruptions);
  engine: Engine;
  operations: Operations;
  views: OperationViews;

  constructor(scripts: Record<string, string> = {}) {
    this.kind = new ScriptedKind(scripts);
    this.engine = this.#engine();
    this.operations = new Operations(this.store, this.engine, systemClock);
    this.views = new OperationViews(this.store, this.engine);
  }

  static async with(hosts: readonly string[], scripts: Record<string, string> = {}): Promise<Site> {
    const site = new Site(scripts);
    await site.store.transact(async (tx) => {
      for (const address of hosts) tx.put(hostRecords, address, hostNamed(address));
    });
    return site;
  }

  #engine(): Engine {
    return engineOn(this.store, [this.kind], { disruptions: this.disruptions });
  }

  async start(hosts: readonly string[], strategy: Partial<Strategy> = all): Promise<string> {
    const asked = request({ cluster: '', target: `host:${hosts.join(',')}`, strategy, parameters: { for: hosts } });
    return (await this.engine.start(asked, async () => hosts)).operation.id;
  }

  /** The server stops, and another one takes its place. */
  async restart(): Promise<void> {
    await this.engine.stop();
    this.disruptions[Symbol.dispose]();
    this.disruptions = new Disruptions(this.store);
    this.budgets = new Budgets(this.store, this.disruptions);
    this.engine = this.#engine();
    this.operations = new Operations(this.store, this.engine, systemClock);
    this.views = new OperationViews(this.store, this.engine);
    await this.engine.resume();
  }

  /** Such as `w1:running w2:pending`. */
  async states(id: string): Promise<string> {
    const { results } = await this.views.get(id);
    return results.map(({ address, state }) => `${address}:${state}`).join(' ');
  }

  reached(id: string, states: string): Promise<void> {
    return until(async () => (await this.states(id)) === states);
  }

  /** Resolves with what the operation says once it waits for a budget. */
  async waits(id: string): Promise<string> {
    const waitingFor = async () => (await this.views.get(id)).waiting_for;
    await until(async () => (await waitingFor())?.what === 'budget');
    return (await waitingFor())?.detail ?? '';
  }

  async ended(id: string): Promise<string> {
    await this.engine.released(id);
    return (await this.views.get(id)).status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.stop();
    this.disruptions[Symbol.dispose]();
    await this.store[Symbol.asyncDispose]();
  }
}

function hostNamed(address: string) {
  const role = address.startsWith('w') ? 'web' : 'db';
  return { ...emptyHost(address), status: 'active', labels: { role } };
}

const web = { name: 'web', target: 'label:role=web' };

test('one operation never takes more hosts down than the budget lets it, and does all of them in the end', async () => {
  const hosts = ['w1', 'w2', 'w3', 'w4', 'w5'];
  await using site = await Site.with(hosts);
  await site.budgets.put({ ...web, max_down: 2 });
  const id = await site.start(hosts);
  expect(await site.ended(id)).toBe('finished');
  expect(site.kind.mostAtOnce).toBeLessThanOrEqual(2);
  expect(site.kind.taken).toEqual(hosts);
});

test('a second operation waits for what the first has taken down, says for whom, and then goes on', async () => {
  await using site = await Site.with(['w1', 'w2', 'w3'], { w1: 'h' });
  await site.budgets.put({ ...web, max_down: '10%' });
  const first = await site.start(['w1']);
  await site.reached(first, 'w1:running');
  const second = await site.start(['w2', 'w3']);
  expect(await site.waits(second)).toBe(
    `the budget web lets 1 of 3 hosts be down, and down are w1 (taken by ${first})`,
  );
  expect(await site.views.get(second)).toMatchObject({ status: 'waiting', counts: { pending: 2 } });
  expect(await site.budgets.get('web')).toEqual({
    ...web,
    max_down: '10%',
    hosts: 3,
    allowed: 1,
    down: [{ address: 'w1', why: 'taken', operation: first }],
  });
  expect((await site.operations.planOf(second)).obstacles).toEqual([
    `the budget web lets 1 of 3 hosts be down, and down are w1 (taken by ${first})`,
  ]);
  site.kind.release('w1');
  expect(await site.ended(second)).toBe('finished');
  expect(site.kind.mostAtOnce).toBe(1);
});

test('a budget holds up nobody but the hosts it is about', async () => {
  await using site = await Site.with(['w1', 'w2', 'd1', 'd2'], { w1: 'h' });
  await site.budgets.put({ ...web, max_down: 1 });
  const id = await site.start(['w1', 'w2', 'd1', 'd2']);
  await site.reached(id, 'w1:running w2:pending d1:succeeded d2:succeeded');
  await site.waits(id);
  site.kind.release('w1');
  expect(await site.ended(id)).toBe('finished');
});

test('a host under two budgets is taken only when both let it', async () => {
  await using site = await Site.with(['w1', 'w2', 'd1'], { w1: 'h', d1: 'h' });
  await site.budgets.put({ ...web, max_down: 2 });
  await site.budgets.put({ name: 'site', target: 'all', max_down: 2 });
  const id = await site.start(['w1', 'd1', 'w2']);
  await site.reached(id, 'w1:running d1:running w2:pending');
  expect(await site.waits(id)).toContain('the budget site lets 2 of 3 hosts be down');
  site.kind.release('d1');
  await site.reached(id, 'w1:running d1:succeeded w2:succeeded');
  site.kind.release('w1');
  expect(await site.ended(id)).toBe('finished');
});

test.each([
  { left: 'out of reach', outcome: 'unreachable', why: 'unreachable' },
  { left: 'failed while it rebooted', outcome: 'rebooting', why: 'unhealthy' },
  { left: 'failed at its gates', outcome: 'gating', why: 'unhealthy' },
] as const)('a host that was $left counts as down until an operation on it succeeds, over restarts', async (left) => {
  await using site = await Site.with(['w1', 'w2']);
  await site.budgets.put({ ...web, max_down: 1 });
  const outcomes = [left.outcome, 'well'];
  const run = async (work: HostWork) => {
    if (work.address !== 'w1') return { state: 'succeeded', exit_code: 0, error: null } as const;
    const outcome = outcomes.shift();
    if (outcome === 'unreachable') return unreachable();
    if (outcome === 'rebooting' || outcome === 'gating') {
      await work.phase(outcome);
      return failed();
    }
    return { state: 'succeeded', exit_code: 0, error: null } as const;
  };
  const engine = engineOn(site.store, [kindOf({ run })], { disruptions: site.disruptions });
  const on = async (hosts: string[]) => {
    const asked = request({ cluster: '', strategy: all, parameters: {} });
    return (await engine.start(asked, async () => hosts)).operation.id;
  };
  const first = await on(['w1']);
  await engine.released(first);
  await engine.stop();

  await site.restart();
  expect((await site.budgets.get('web')).down).toEqual([{ address: 'w1', why: left.why, operation: first }]);
  const second = await site.start(['w2']);
  expect(await site.waits(second)).toContain(`w1 (left ${left.why} by ${first})`);
  // It is down already: it may be taken, and this one succeeds.
  const third = await site.start(['w1']);
  expect(await site.ended(third)).toBe('finished');
  expect(await site.ended(second)).toBe('finished');
  expect(await Array.fromAsync(site.store.list(leftDownRecords))).toEqual([]);
});

test('a command that failed leaves its host up', async () => {
  await using site = await Site.with(['w1', 'w2'], { w1: 'f' });
  await site.budgets.put({ ...web, max_down: 1 });
  expect(await site.ended(await site.start(['w1', 'w2']))).toBe('finished');
  expect((await site.budgets.get('web')).down).toEqual([]);
});

test('what takes nothing down is not held up', async () => {
  await using site = await Site.with(['w1', 'w2'], { w1: 'h' });
  await site.budgets.put({ ...web, max_down: 1 });
  const first = await site.start(['w1']);
  await site.reached(first, 'w1:running');
  const harmless = kindOf({
    disrupts: () => false,
    run: async () => ({ state: 'succeeded', exit_code: 0, error: null }),
  });
  const engine = engineOn(site.store, [harmless], { disruptions: site.disruptions });
  const { operation } = await engine.start(request({ cluster: '' }), async () => ['w2']);
  await engine.released(operation.id);
  expect((await site.views.get(operation.id)).status).toBe('finished');
  await engine.stop();
});

test('an operation that fills a budget itself is told so, and what takes nothing down runs on all its hosts at once', async () => {
  const hosts = ['w1', 'w2', 'w3'];
  await using site = await Site.with(hosts, { w1: 'h' });
  await site.budgets.put({ ...web, max_down: 1 });
  const id = await site.start(hosts);
  expect(await site.waits(id)).toBe(
    'the budget web lets 1 of 3 hosts be down, and down are w1 (taken by this operation)',
  );
  expect(site.kind.taken).toEqual(['w1']);
  site.kind.release('w1');
  expect(await site.ended(id)).toBe('finished');

  let running = 0;
  const all = Promise.withResolvers<void>();
  const harmless = kindOf({
    disrupts: () => false,
    run: async () => {
      running += 1;
      // Ends only when every host of the operation is in flight.
      if (running === hosts.length) all.resolve();
      await all.promise;
      return { state: 'succeeded', exit_code: 0, error: null };
    },
  });
  const engine = engineOn(site.store, [harmless], { disruptions: site.disruptions });
  const { operation } = await engine.start(
    request({ cluster: '', target: 'all', strategy: { batch: '100%' } }),
    async () => hosts,
  );
  await engine.released(operation.id);
  expect((await site.views.get(operation.id)).status).toBe('finished');
  await engine.stop();
});

test('a host that is failed in the inventory counts, until it is not', async () => {
  await using site = await Site.with(['w1', 'w2']);
  await site.budgets.put({ ...web, max_down: 1 });
  const become = (status: string) =>
    site.store.transact(async (tx) => {
      tx.put(hostRecords, 'w1', { ...hostNamed('w1'), status });
      tx.emit({ type: 'host', action: 'updated', key: 'w1', data: { status } });
    });
  await become('failed');
  const id = await site.start(['w2']);
  expect(await site.waits(id)).toContain('w1 (failed in the inventory)');
  await become('active');
  expect(await site.ended(id)).toBe('finished');
});

test.each([
  ['raised', (budgets: Budgets) => budgets.put({ ...web, max_down: 2 })],
  ['deleted', (budgets: Budgets) => budgets.delete('web')],
  ['pointed elsewhere', (budgets: Budgets) => budgets.put({ ...web, target: 'label:role=db', max_down: 1 })],
])('an operation goes on when the budget it waits for is %s', async (_, change) => {
  await using site = await Site.with(['w1', 'w2'], { w1: 'h' });
  await site.budgets.put({ ...web, max_down: 1 });
  const id = await site.start(['w1', 'w2']);
  await site.waits(id);
  await change(site.budgets);
  await site.reached(id, 'w1:running w2:succeeded');
  site.kind.release('w1');
  expect(await site.ended(id)).toBe('finished');
});

test('while it waits for a budget an operation is paused, skips hosts, and is cancelled', async () => {
  await using site = await Site.with(['w1', 'w2', 'w3'], { w1: 'h' });
  await site.budgets.put({ ...web, max_down: 1 });
  const id = await site.start(['w1', 'w2', 'w3']);
  await site.waits(id);
  await site.operations.skip(id, 'w2', 'tester');
  await site.operations.pause(id, 'tester');
  expect((await site.views.get(id)).status).toBe('paused');
  await site.operations.resume(id, 'tester');
  await site.waits(id);
  await site.operations.cancel(id, 'tester', { now: false });
  site.kind.release('w1');
  expect(await site.ended(id)).toBe('cancelled');
  expect(await site.states(id)).toBe('w1:succeeded w2:skipped w3:cancelled');
  expect((await site.budgets.get('web')).down).toEqual([]);
});

test('nobody waits for a budget over hosts that were skipped', async () => {
  await using site = await Site.with(['w1', 'w2', 'd1'], { w1: 'h' });
  await site.budgets.put({ ...web, max_down: 1 });
  const first = await site.start(['w1']);
  await site.reached(first, 'w1:running');
  const second = await site.start(['w2', 'd1'], { ...all, batch: 1 });
  await site.waits(second);
  await site.operations.skip(second, 'w2', 'tester');
  expect(await site.ended(second)).toBe('finished');
  expect(await site.states(second)).toBe('w2:skipped d1:succeeded');
  expect(await site.states(first)).toBe('w1:running');
  site.kind.release('w1');
  expect(await site.ended(first)).toBe('finished');
});

test('what an earlier server had taken down is not overlooked by an operation that is taken up before it', async () => {
  await using site = await Site.with(['w1', 'w2'], { w1: 'h' });
  await site.budgets.put({ ...web, max_down: 1 });
  const waiting = async () => {
    const first = await site.start(['w1']);
    await site.reached(first, 'w1:running');
    return { first, second: await site.start(['w2']) };
  };
  const { second } = await waiting();
  await site.waits(second);
  await site.restart();
  await site.waits(second);
  expect(await site.states(second)).toBe('w2:pending');
  site.kind.release('w1');
  expect(await site.ended(second)).toBe('finished');
});

test('a target that names what is not there any more is about the hosts that are', async () => {
  await using site = await Site.with(['w1', 'w2'], { w1: 'h' });
  await site.budgets.put({ name: 'odd', target: 'label:role=web | cluster:gone | host:w9', max_down: 1 });
  const id = await site.start(['w1', 'w2']);
  expect(await site.waits(id)).toContain('the budget odd lets 1 of 2 hosts be down');
  site.kind.release('w1');
  expect(await site.ended(id)).toBe('finished');
});

test('whatever operations run side by side, over restarts of the server, no budget is ever exceeded', async () => {
  const names = ['w1', 'w2', 'w3', 'w4', 'd1', 'd2', 'd3', 'd4'];
  const subset = fc.subarray(names, { minLength: 1 });
  const plan = fc.record({
    web: fc.integer({ min: 1, max: 3 }),
    site: fc.integer({ min: 1, max: 4 }),
    operations: fc.array(fc.record({ hosts: subset, concurrency: fc.integer({ min: 0, max: 3 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    restartAfter: fc.integer({ min: 0, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ web: maxWeb, site: maxSite, operations, restartAfter }) => {
      await using site = await Site.with(names);
      await site.budgets.put({ ...web, max_down: maxWeb });
      await site.budgets.put({ name: 'site', target: 'all', max_down: maxSite });
      const atWork = new Set<string>();
      let most = { web: 0, site: 0 };
      let done = 0;
      const half = new Gate();
      const run = async (work: HostWork) => {
        atWork.add(work.address);
        const webs = [...atWork].filter((address) => address.startsWith('w')).length;
        most = { web: Math.max(most.web, webs), site: Math.max(most.site, atWork.size) };
        try {
          await work.intend({ act: 'hold' });
          await work.phase('acting');
          done += 1;
          if (done > restartAfter) half.open();
          return { state: 'succeeded', exit_code: 0, error: null } as const;
        } finally {
          atWork.delete(work.address);
        }
      };
      const engineNow = () => engineOn(site.store, [kindOf({ run })], { disruptions: site.disruptions });
      let engine = engineNow();
      const ids: string[] = [];
      for (const { hosts, concurrency } of operations) {
        const asked = request({ cluster: '', strategy: { ...all, concurrency }, parameters: {}, wait: true });
        ids.push((await engine.start(asked, async () => hosts)).operation.id);
      }
      await Promise.race([half.passed, Promise.all(ids.map((id) => engine.released(id)))]);
      await engine.stop();
      atWork.clear();
      site.disruptions[Symbol.dispose]();
      site.disruptions = new Disruptions(site.store);
      engine = engineNow();
      await engine.resume();
      await Promise.all(ids.map((id) => engine.released(id)));
      for (const id of ids) expect((await site.views.get(id)).status).toBe('finished');
      expect(most.web).toBeLessThanOrEqual(maxWeb);
      expect(most.site).toBeLessThanOrEqual(maxSite);
      expect(await site.disruptions.views()).toMatchObject([{ down: [] }, { down: [] }]);
      await engine.stop();
    }),
    { numRuns: 25 },
  );
});

test('a budget of which an operation has a host is not deleted by a slip', async () => {
  await using site = await Site.with(['w1'], { w1: 'h' });
  await site.budgets.put({ ...web, max_down: 1 });
  const id = await site.start(['w1']);
  await site.reached(id, 'w1:running');
  await expect(site.budgets.deleteUnused('web', {})).rejects.toMatchObject({
    code: 'operation_running',
    details: { operation: id },
  });
  site.kind.release('w1');
  await site.ended(id);
  await site.budgets.deleteUnused('web', {});
  await expect(site.budgets.get('web')).rejects.toMatchObject({ code: 'budget_not_found' });
});

test('a budget is found again, and gone once it is deleted', async () => {
  await using site = await Site.with(['w1']);
  await site.budgets.put({ ...web, max_down: 1 });
  await site.restart();
  const shown = { ...web, max_down: 1, hosts: 1, allowed: 1, down: [] };
  expect(await site.budgets.select(everything)).toEqual({ records: [shown], total: 1 });
  await site.budgets.delete('web');
  expect(await site.budgets.select(everything)).toEqual({ records: [], total: 0 });
  expect(await Array.fromAsync(site.store.list(budgetRecords))).toEqual([]);
  await expect(site.budgets.get('web')).rejects.toMatchObject({ code: 'budget_not_found' });
});
