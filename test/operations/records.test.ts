import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { succeeded } from '../../src/operations/kind.ts';
import { Operations } from '../../src/operations/operations.ts';
import { operationRecords, readOperation, standingRecords } from '../../src/operations/records.ts';
import { migrateFromFirst } from '../support/migrated.ts';
import { engineOn, kindOf, request, runToEnd, temporaryStore } from './support.ts';

test('an operation that was written when its progress stood in the same record is read as before', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [kindOf({ run: async () => succeeded(0) })]);
  const id = await runToEnd(engine, request(), ['h01']);
  const operations = new Operations(store, engine, systemClock);
  const shown = await operations.get(id);
  const whole = await readOperation(store, id);
  await store.transact(async (tx) => {
    const { gates_checked: _, handshake_window: __, ...first } = whole;
    tx.put<unknown>(operationRecords, id, first);
    tx.delete(standingRecords, id);
  });
  await migrateFromFirst(store);
  expect(await readOperation(store, id)).toEqual({ ...whole, gates_checked: false, handshake_window: null });
  expect(await operations.get(id)).toEqual({ ...shown, handshake_window: null });
  await engine.stop();
});
