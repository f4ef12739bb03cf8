import { expect, test } from 'vitest';
import { Hosts } from '../../src/inventory/hosts.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { AppError } from '../../src/lib/errors.ts';
import { timeOrderedId } from '../../src/lib/ids.ts';
import { everything } from '../../src/lib/selection.ts';
import { Investigation } from '../../src/operations/investigation.ts';
import { type HostWork, type Kind, succeeded } from '../../src/operations/kind.ts';
import { bootstrapKind } from '../../src/operations/kinds/bootstrap.ts';
import { operationRecords, readState, runningRecords } from '../../src/operations/records.ts';
import { HostKeys } from '../../src/ssh/host-keys.ts';
import type { Target } from '../../src/ssh/session.ts';
import type { CachingStore } from '../../src/store/cached.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { until } from '../support/until.ts';
import { engineOn, Gate, kindOf, RecordingLogger, temporaryStore } from './support.ts';

const address = '192.0.2.1';
/** The host is in no cluster with a container manager. */
const unmanaged = { activate: async () => {} };
const newHost = { address, ssh_priv_key: '' };

function inventory(store: CachingStore): Hosts {
  return new Hosts(store, new HostKeys(store, systemClock), timeOrderedId);
}

/** A bootstrap that waits at a gate each time, then gives the host a status. */
function gated(hosts: Hosts) {
  const go: Gate[] = [];
  const run = async (work: HostWork) => {
    const gate = new Gate();
    go.push(gate);
    await gate.passed;
    await hosts.update(work.address, { status: 'disassociated' });
    return succeeded(null);
  };
  return { go, kind: kindOf({ name: 'bootstrap', run }) };
}

/** A bootstrap that only ever ends with the server. */
function untilStopped(begun: Gate): Kind {
  const run = async (work: HostWork) => {
    begun.open();
    await work.clock.sleep(3_600_000, work.signal);
    return succeeded(null);
  };
  return kindOf({ name: 'bootstrap', run });
}

async function operations(store: CachingStore): Promise<string[]> {
  return Array.fromAsync(store.list(operationRecords), ({ key }) => key);
}

async function idle(store: CachingStore): Promise<boolean> {
  const known = await Array.fromAsync(store.list(operationRecords));
  const running = await Array.fromAsync(store.list(runningRecords));
  return known.length > 0 && running.length === 0;
}

test('a host that is created gets one bootstrap, and the same host again no other', async () => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  const { kind, go } = gated(hosts);
  const engine = engineOn(store, [kind]);
  await using _investigation = new Investigation(store, engine, new RecordingLogger());
  await hosts.create(newHost);
  await until(() => go.length === 1);
  await hosts.create(newHost);
  go[0]?.open();
  await until(() => idle(store));
  expect((await hosts.get(address)).status).toBe('disassociated');
  expect((await operations(store)).length).toBe(1);
});

test('hosts that an earlier server did not come to are taken up at the start, others are left alone', async () => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  for (const status of ['investigating', 'bootstrapping', 'active', 'failed', 'disassociated']) {
    await hosts.create({ address: `${status}.example`, ssh_priv_key: '' });
    await hosts.update(`${status}.example`, { status });
  }
  const taken: string[] = [];
  const run = async (work: HostWork) => {
    taken.push(work.address);
    await hosts.update(work.address, { status: 'disassociated' });
    return succeeded(null);
  };
  const engine = engineOn(store, [kindOf({ name: 'bootstrap', run })]);
  await using investigation = new Investigation(store, engine, new RecordingLogger());
  await investigation.begin();
  await until(() => idle(store));
  expect(taken.sort()).toEqual(['bootstrapping.example', 'investigating.example']);
});

test('hosts that cannot be listed are reported, and do not keep the server from starting', async () => {
  await using kept = temporaryStore();
  const store = new FaultyStore(kept);
  const logger = new RecordingLogger();
  await using investigation = new Investigation(store, engineOn(store, []), logger);
  store.beforeCall = (call) => {
    if (call === 'list hosts') throw new Error('injected');
  };
  await investigation.begin();
  await until(() => logger.lines.length > 0);
  expect(logger.lines).toEqual([
    {
      level: 'error',
      message: 'cannot look for hosts that wait for an investigation',
      details: { error: 'injected' },
    },
  ]);
});

test('it ends without waiting for the operation that another one is to come after', async () => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  const { kind, go } = gated(hosts);
  const engine = engineOn(store, [kind]);
  {
    await using _investigation = new Investigation(store, engine, new RecordingLogger());
    await hosts.create(newHost);
    await until(() => go.length === 1);
    await hosts.update(address, { status: 'investigating' });
  }
  go[0]?.open();
  await until(() => idle(store));
  expect((await operations(store)).length).toBe(1);
});

test('a host whose bootstrap was under way when the server went gets no second one', async () => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  const before = engineOn(store, [untilStopped(new Gate())]);
  {
    await using _investigation = new Investigation(store, before, new RecordingLogger());
    await hosts.create(newHost);
    await until(async () => (await operations(store)).length === 1);
  }
  await before.stop();
  const { kind, go } = gated(hosts);
  const engine = engineOn(store, [kind]);
  await using investigation = new Investigation(store, engine, new RecordingLogger());
  expect(await engine.resume()).toBe(1);
  await investigation.begin();
  await until(() => go.length === 1);
  go[0]?.open();
  await until(() => idle(store));
  expect((await hosts.get(address)).status).toBe('disassociated');
  expect((await operations(store)).length).toBe(1);
});

test('a host that is made anew while the old one is bootstrapped is bootstrapped again afterwards', async () => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  const { kind, go } = gated(hosts);
  const engine = engineOn(store, [kind]);
  await using _investigation = new Investigation(store, engine, new RecordingLogger());
  await hosts.create(newHost);
  await until(() => go.length === 1);
  await hosts.delete(address);
  await hosts.create({ ...newHost, remote_user: 'other' });
  // Asked for again and again, it still is one more.
  await hosts.update(address, { status: 'investigating' });
  go[0]?.open();
  await until(() => go.length === 2);
  go[1]?.open();
  await until(() => idle(store));
  expect((await operations(store)).length).toBe(2);
  expect((await hosts.get(address)).status).toBe('disassociated');
});

test('a host that is deleted before its bootstrap begins gets none, and that is no error', async () => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  const logger = new RecordingLogger();
  const engine = engineOn(store, [gated(hosts).kind]);
  {
    await using _investigation = new Investigation(store, engine, logger);
    await store.transact(async (tx) =>
      tx.emit({ type: 'host', action: 'created', key: address, data: { status: 'investigating' } }),
    );
  }
  expect(await operations(store)).toEqual([]);
  expect(logger.lines).toEqual([]);
});

function failingToReach(error: AppError, before: () => Promise<void> = async () => {}): () => Promise<Target> {
  return async () => {
    await before();
    throw error;
  };
}

const reasons: [AppError, string, string][] = [
  [new AppError('unreachable', 'cannot reach 192.0.2.1: refused'), 'unreachable', 'cannot reach 192.0.2.1: refused'],
  [
    new AppError('login_refused', 'the host refused the key', { hint: 'set other credentials' }),
    'failed',
    'the host refused the key; set other credentials',
  ],
];

test.each(reasons)('a bootstrap that fails says why on the host (%s)', async (error, state, text) => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  const kinds: Kind[] = [bootstrapKind(hosts, unmanaged, systemClock)];
  const engine = engineOn(store, kinds, { target: failingToReach(error) });
  await using _investigation = new Investigation(store, engine, new RecordingLogger());
  await hosts.create(newHost);
  await until(() => idle(store));
  expect(await hosts.get(address)).toMatchObject({ status: 'failed', error: text });
  const [id = ''] = await operations(store);
  expect((await readState(store, id)).hosts.get(address)).toMatchObject({ state, error: { code: error.code } });
});

test('a host that is deleted during its bootstrap stays deleted', async () => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  const gone = new AppError('unreachable', 'gone');
  const target = failingToReach(gone, () => hosts.delete(address));
  const engine = engineOn(store, [bootstrapKind(hosts, unmanaged, systemClock)], { target });
  await using _investigation = new Investigation(store, engine, new RecordingLogger());
  await hosts.create(newHost);
  await until(() => idle(store));
  expect(await hosts.select(everything)).toEqual({ records: [], total: 0 });
  const [id = ''] = await operations(store);
  expect((await readState(store, id)).operation.status).toBe('failed');
});

test('a server that stops lets go of hosts that wait for a second bootstrap', async () => {
  await using store = temporaryStore();
  const hosts = inventory(store);
  const logger = new RecordingLogger();
  const begun = new Gate();
  const engine = engineOn(store, [untilStopped(begun)]);
  const investigation = new Investigation(store, engine, logger);
  await hosts.create(newHost);
  await begun.passed;
  await hosts.update(address, { status: 'investigating' });
  await Promise.all([engine.stop(), investigation[Symbol.asyncDispose]()]);
  expect(logger.lines).toEqual([]);
  expect((await hosts.get(address)).status).toBe('investigating');
});
