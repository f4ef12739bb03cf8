import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OperationDetail } from '../../src/operations/operation.ts';
import type { FleetHost } from '../support/fleet.ts';
import { boots, commctl, keptDown, machines, Site } from './site.ts';

/** Two machines are reached through the first one, and one more through both it and the second. */
const [jump, near, other, far] = machines;
if (jump === undefined || near === undefined || other === undefined || far === undefined)
  throw new Error('the fleet is too small');
const all = [jump, near, other, far];

let site: Site;

beforeAll(async () => {
  site = await Site.open(all);
  const ways: [FleetHost, FleetHost[]][] = [
    [near, [jump]],
    [other, [jump]],
    [far, [jump, near]],
  ];
  for (const [machine, way] of ways) {
    await site.client.hosts.setCredentials(machine.address, { proxy_jump: way.map(({ address }) => address) });
  }
});

afterAll(() => site?.[Symbol.asyncDispose]());

const expression = `host:${all.map(({ address }) => address).join(',')}`;

async function reboot(target: string, strategy: Record<string, unknown>): Promise<string> {
  return (await site.client.operations.start({ kind: 'reboot', target, strategy })).operation.id;
}

const states = ({ results }: OperationDetail) => results.map(({ state }) => state);

test('all at once, a jump host and those behind it are rebooted one after the other, as the plan shows', async () => {
  const strategy = { batch: '100%' };
  const plan = await site.client.operations.plan({ kind: 'reboot', target: expression, strategy });
  const planned = [[jump.address], [near.address, other.address], [far.address]];
  expect(plan.batches).toEqual(planned);
  const reasons = plan.splits.map(({ batch, reason }) => `batch ${batch}: ${reason}`);
  expect(reasons).toEqual([
    `batch 1: 3 hosts come later, because they are reached through ${jump.address}`,
    `batch 2: 1 host comes later, because it is reached through ${near.address}`,
  ]);
  const shown = await commctl(site, [
    '-o',
    'table',
    'operation',
    'start',
    'reboot',
    expression,
    '--batch',
    '100%',
    '--plan',
  ]);
  for (const reason of reasons) expect(shown).toContain(reason);

  const before = all.map((machine) => boots(machine).length);
  const id = await reboot(expression, strategy);
  const operation = await site.ended(id);
  expect(operation).toMatchObject({ status: 'finished' });
  expect(operation.results.map(({ state, attempts }) => [state, attempts])).toEqual(all.map(() => ['succeeded', 1]));
  expect(all.map((machine) => boots(machine).length)).toEqual(before.map((count) => count + 1));
  const journal = await site.client.operations.journal(id);
  expect(journal.flatMap((entry) => (entry.type === 'batch_opened' ? [entry.hosts] : []))).toEqual(planned);
});

test('an operation behind a jump host waits while another one reboots it', async () => {
  using down = keptDown(jump);
  const rebooting = await reboot(`host:${jump.address}`, {});
  await site.until(rebooting, ({ results }) => results[0]?.phase === 'rebooting');
  const parameters = { command: 'true' };
  const { operation } = await site.client.operations.start({ kind: 'exec', target: `host:${far.address}`, parameters });
  const waiting = await site.until(operation.id, ({ status }) => status === 'waiting');
  const { number } = await site.client.operations.get(rebooting);
  expect(waiting.waiting_for).toEqual({ what: 'lock', detail: `reboot #${number} has the host ${jump.address}` });
  down[Symbol.dispose]();
  expect(states(await site.ended(rebooting))).toEqual(['succeeded']);
  expect(states(await site.ended(operation.id))).toEqual(['succeeded']);
});

test('a machine that comes back after its reboot timeout has failed, and is said to be back by the next contact', async () => {
  const { address } = other;
  using down = keptDown(other);
  await site.client.hosts.changeLabels(address, { reboot_timeout: '2' });
  const failed = await site.ended(await reboot(`host:${address}`, {}));
  expect(failed.results).toMatchObject([
    {
      state: 'failed',
      reboot_timeout: 2,
      error: { code: 'timed_out', message: expect.stringContaining('within 2 s') },
    },
  ]);
  down[Symbol.dispose]();
  const facts = await site.client.operations.start({
    kind: 'facts',
    target: `host:${address}`,
    strategy: { retries: 100, retry_backoff: 1 },
  });
  expect(states(await site.ended(facts.operation.id))).toEqual(['succeeded']);
  const said = await site.client.events.list({ filter: [`host.returned.${address}`] });
  expect(said).toMatchObject([{ action: 'returned', key: address, data: { was: 'unhealthy' } }]);
});
