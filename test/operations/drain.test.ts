import { expect, test } from 'vitest';
import { type Kind, succeeded } from '../../src/operations/kind.ts';
import { readOperation, readState } from '../../src/operations/records.ts';
import { engineOn, hostsNamed, kindOf, request, runToEnd, temporaryStore } from './support.ts';

/** A kind whose work on a host ends when the test says so. */
function gated(dependsOnServer: boolean) {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const base = kindOf({
    async run({ signal }) {
      begun.resolve();
      const stopped = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => stopped.reject(signal.reason));
      await Promise.race([end.promise, stopped.promise]);
      return succeeded(0);
    },
  });
  const kind: Kind = {
    ...base,
    steps: (parameters) => base.steps(parameters).map((step) => ({ ...step, dependsOnServer })),
  };
  return { kind, begun: begun.promise, end: end.resolve };
}

const unexpected = () => {
  throw new Error('the time was over');
};
const long = 60_000;

test('a stop waits for a command that depends on the server, and takes no further host', async () => {
  await using store = temporaryStore();
  const { kind, begun, end } = gated(true);
  const engine = engineOn(store, [kind]);
  const { operation } = await engine.start(request({ strategy: { batch: 1 } }), async () => hostsNamed(2));
  await begun;
  const drained = engine.drain(long, unexpected);
  await expect(engine.start(request(), async () => hostsNamed(1))).rejects.toMatchObject({ code: 'shutting_down' });
  end();
  await drained;
  await engine.stop();
  const { hosts } = await readState(store, operation.id);
  expect([...hosts.values()].map(({ state }) => state)).toEqual(['succeeded', 'pending']);
  expect((await readOperation(store, operation.id))?.finished_at ?? '').toBe('');
});

test('the next server takes the hosts that were left', async () => {
  await using store = temporaryStore();
  const { kind, begun, end } = gated(true);
  const engine = engineOn(store, [kind]);
  const { operation } = await engine.start(request({ strategy: { batch: 1 } }), async () => hostsNamed(2));
  await begun;
  end();
  await engine.drain(long, unexpected);
  await engine.stop();
  const next = engineOn(store, [kind]);
  await next.resume();
  await next.released(operation.id);
  await next.stop();
  const { hosts } = await readState(store, operation.id);
  expect([...hosts.values()].map(({ state }) => state)).toEqual(['succeeded', 'succeeded']);
});

test('a stop does not wait for what the next server can judge', async () => {
  await using store = temporaryStore();
  const { kind, begun } = gated(false);
  const engine = engineOn(store, [kind]);
  const { operation } = await engine.start(request(), async () => hostsNamed(1));
  await begun;
  await engine.drain(long, unexpected);
  await engine.stop();
  expect((await readState(store, operation.id)).hosts.get('h01')?.state).toBe('running');
});

test('when its time is over, the command is left to itself', async () => {
  await using store = temporaryStore();
  const { kind, begun } = gated(true);
  const engine = engineOn(store, [kind]);
  await engine.start(request(), async () => hostsNamed(1));
  await begun;
  let isOver = false;
  await engine.drain(1, () => {
    isOver = true;
  });
  expect(isOver).toBe(true);
  await engine.stop();
});

test('a server without work stops at once', async () => {
  await using store = temporaryStore();
  const { kind, end } = gated(true);
  end();
  const engine = engineOn(store, [kind]);
  await runToEnd(engine, request(), hostsNamed(1));
  await engine.drain(long, unexpected);
  await engine.stop();
});
