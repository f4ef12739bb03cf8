import { expect, test } from 'vitest';
import { clusterRecords, hostRecords } from '../../src/inventory/collections.ts';
import { emptyHost } from '../../src/inventory/host.ts';
import type { Engine, EngineOptions } from '../../src/operations/engine.ts';
import { execKind } from '../../src/operations/kinds/exec.ts';
import { Operations } from '../../src/operations/operations.ts';
import { operationHostKey, operationHostRecords, readState } from '../../src/operations/records.ts';
import type { StartRequest } from '../../src/operations/start.ts';
import type { Store } from '../../src/store/contract.ts';
import { storeCluster } from '../inventory/support.ts';
import { until } from '../support/until.ts';
import { engineOn, kindOf, request, ScriptedKind, SteppedClock, temporaryStore } from './support.ts';

interface Case {
  what: string;
  strategy?: number;
  label?: string;
  cluster?: number;
  configured?: number;
  seconds: number;
}

const cases: Case[] = [
  { what: 'nothing says anything', seconds: 600 },
  { what: 'the configuration', configured: 60, seconds: 60 },
  { what: 'the cluster before the configuration', cluster: 900, configured: 60, seconds: 900 },
  { what: 'the label before the cluster', label: '1200', cluster: 900, configured: 60, seconds: 1_200 },
  { what: 'the strategy before all', strategy: 1, label: '1200', cluster: 900, configured: 60, seconds: 1 },
  { what: 'the strategy before a label that is no number', strategy: 86_400, label: 'long', seconds: 86_400 },
];

async function inventory(store: Store, { label, cluster }: Pick<Case, 'label' | 'cluster'>): Promise<void> {
  await storeCluster(store, 'web', ['h01']);
  await store.transact(async (tx) => {
    const labels = label === undefined ? {} : { reboot_timeout: label };
    tx.put(hostRecords, 'h01', { ...emptyHost('h01'), labels });
    const own = cluster === undefined ? {} : { reboot_timeout: cluster };
    tx.put(clusterRecords, 'web', { name: 'web', status: '', network: 'default', container_manager: '', ...own });
  });
}

const asked = (seconds: number | undefined, change: Partial<StartRequest> = {}) =>
  request({ strategy: seconds === undefined ? {} : { reboot_timeout: seconds }, ...change });

test.each(cases)('$what: $seconds s', async ({ strategy, configured, seconds, ...given }) => {
  await using store = temporaryStore();
  await inventory(store, given);
  const waits: number[] = [];
  const kind = kindOf({
    async run({ rebootTimeout }) {
      waits.push(rebootTimeout);
      return { state: 'succeeded', exit_code: null, error: null };
    },
  });
  const engine = engineOn(store, [kind], configured === undefined ? {} : { rebootTimeout: configured });
  const { operation } = await engine.start(asked(strategy), async () => ['h01']);
  await engine.released(operation.id);
  expect(waits).toEqual([seconds]);
  const host = (await readState(store, operation.id)).hosts.get('h01');
  expect(host?.reboot_timeout).toBe(seconds);
});

test.each(['', '0', '86401', '25h', '1.5', '5 m', '-3'])(
  'a label "%s" is refused at the start, and in a plan',
  async (label) => {
    await using store = temporaryStore();
    await inventory(store, { label });
    const engine = engineOn(store, [new ScriptedKind({})]);
    const refused = {
      code: 'invalid_member',
      message: `the label reboot_timeout=${label} of h01 is not a duration from 1 s to 24 h, such as 600, 90s, 10m or 1h30m`,
    };
    await expect(engine.start(asked(undefined), async () => ['h01'])).rejects.toMatchObject(refused);
    const operations = new Operations(store, engine, new SteppedClock());
    const wanted = { kind: 'act', parameters: {}, target: 'host:h01', requestedBy: 'tester' };
    await expect(operations.plan(wanted)).rejects.toMatchObject(refused);
  },
);

test('a kind that reboots nothing does not look at it', async () => {
  await using store = temporaryStore();
  await inventory(store, { label: 'long' });
  const engine = engineOn(store, [execKind()], { target: () => Promise.reject(new Error('no machine')) });
  const { operation } = await engine.start(
    asked(undefined, { kind: 'exec', parameters: { command: 'true' } }),
    async () => ['h01'],
  );
  await engine.released(operation.id);
  expect((await readState(store, operation.id)).hosts.get('h01')).not.toHaveProperty('reboot_timeout');
});

/** A kind that holds the host until the test ends, and the values that its servers saw. */
function held() {
  const seen: number[] = [];
  const scripted = new ScriptedKind({ h01: 'h' });
  const look = <T extends 'run' | 'judge'>(name: T) => {
    const work = scripted[name].bind(scripted);
    scripted[name] = (on) => {
      seen.push(on.rebootTimeout);
      return work(on);
    };
  };
  look('run');
  look('judge');
  return { seen, scripted };
}

async function isHeld(store: Store, id: string): Promise<boolean> {
  return ((await readState(store, id)).hosts.get('h01')?.intent ?? null) !== null;
}

test('an operation that is resumed uses the value that it started with, whatever says something else now', async () => {
  await using store = temporaryStore();
  await inventory(store, { label: '700' });
  const { seen, scripted } = held();
  const server = (options: Partial<EngineOptions>): Engine => engineOn(store, [scripted], options);
  const first = server({});
  const { operation } = await first.start(asked(undefined), async () => ['h01']);
  await until(() => isHeld(store, operation.id));
  await first.stop();
  await inventory(store, { label: '50', cluster: 60 });
  const second = server({ rebootTimeout: 70 });
  await second.resume();
  await until(() => seen.length === 2);
  scripted.release('h01');
  await second.released(operation.id);
  expect(seen).toEqual([700, 700]);
});

test('an operation that an earlier build started keeps the 300 s of that build', async () => {
  await using store = temporaryStore();
  await inventory(store, {});
  const { seen, scripted } = held();
  const first = engineOn(store, [scripted]);
  const { operation } = await first.start(asked(undefined), async () => ['h01']);
  await until(() => isHeld(store, operation.id));
  await first.stop();
  await store.transact(async (tx) => {
    const key = operationHostKey(operation.id, 'h01');
    const { reboot_timeout: _, ...before } = (await tx.get(operationHostRecords, key))?.value ?? {};
    tx.put<object>(operationHostRecords, key, before);
  });
  const second = engineOn(store, [scripted]);
  await second.resume();
  await until(() => seen.length === 2);
  scripted.release('h01');
  await second.released(operation.id);
  expect(seen).toEqual([600, 300]);
});
