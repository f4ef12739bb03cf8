import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { succeeded } from '../../src/operations/kind.ts';
import { Operations } from '../../src/operations/operations.ts';
import { operationRecords, readOperation } from '../../src/operations/records.ts';
import { records } from '../../src/store/contract.ts';
import { engineOn, kindOf, request, runToEnd, temporaryStore } from './support.ts';

test('an operation that was written when its progress stood in the same record is read as before', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [kindOf({ run: async () => succeeded(0) })]);
  const id = await runToEnd(engine, request(), ['h01']);
  const operations = new Operations(store, engine, systemClock);
  const shown = await operations.get(id);
  const whole = await readOperation(store, id);
  await store.transact(async (tx) => {
    tx.put(operationRecords, id, whole);
    tx.delete(records('operations-standing'), id);
  });
  expect(await readOperation(store, id)).toEqual(whole);
  expect(await operations.get(id)).toEqual(shown);
  await engine.stop();
});
