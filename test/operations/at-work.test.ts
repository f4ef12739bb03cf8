import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { AppError } from '../../src/lib/errors.ts';
import { type HostWork, succeeded } from '../../src/operations/kind.ts';
import { Operations } from '../../src/operations/operations.ts';
import { engineOn, Gate, kindOf, request, temporaryStore } from './support.ts';

const seesNone = { seesHost: () => true, seesOperation: async () => false };
const whole = { attempt: 'delete the cluster web', cluster: 'web', hosts: ['h1', 'h2'] };
const ofHost = (host: string) => ({ attempt: `delete the host ${host}`, hosts: [host] });

/** An operation of a kind on h1 of the cluster, and on h2, whose hosts wait at a gate. */
function running(store: ReturnType<typeof temporaryStore>, kind: string) {
  const gate = new Gate();
  const run = async (_work: HostWork) => {
    await gate.passed;
    return succeeded(0);
  };
  const engine = engineOn(store, [kindOf({ run, name: kind })]);
  const start = (cluster: string) => engine.start(request({ kind, cluster }), async () => ['h1', 'h2']);
  return { gate, engine, start, operations: new Operations(store, engine, systemClock) };
}

test.each([
  ['its cluster', 'web', whole, 'cluster web'],
  ['a member of the cluster', '', whole, 'host h1'],
  ['a host of it', 'web', ofHost('h2'), 'host h2'],
])('%s is not taken away while an operation works on it', async (_, cluster, change, lock) => {
  await using store = temporaryStore();
  const { gate, engine, start, operations } = running(store, 'restart');
  const { id, number } = (await start(cluster)).operation;
  await expect(operations.unlessRunning({}, (check) => check(store, change))).rejects.toMatchObject({
    code: 'operation_running',
    message: `cannot ${change.attempt}: restart #${number} has the ${lock}`,
    hint: expect.stringContaining(`\`commctl operation cancel ${number}\``),
    details: { operation: id, number },
  });
  const refused = operations.unlessRunning({ insight: seesNone }, (check) => check(store, change));
  const error = await refused.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(AppError);
  expect(JSON.stringify([error, String(error)])).not.toContain(id);
  gate.open();
  await engine.released(id);
  await operations.unlessRunning({}, (check) => check(store, change));
});

test.each([
  ['a host that it is not about', 'restart', ofHost('h3')],
  ['a host that is only investigated', 'bootstrap', ofHost('h1')],
])('%s is taken away', async (_, kind, change) => {
  await using store = temporaryStore();
  const { gate, engine, start, operations } = running(store, kind);
  await start('');
  await operations.unlessRunning({}, (check) => check(store, change));
  gate.open();
  await engine.stop();
});
