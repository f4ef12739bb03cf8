import { expect, test } from 'vitest';
import { succeeded } from '../../src/operations/kind.ts';
import { OperationViews } from '../../src/operations/operation-views.ts';
import { operationRecords, progressRecords, readOperation } from '../../src/operations/records.ts';
import { migrateFromFirst } from '../support/migrated.ts';
import { engineOn, kindOf, request, runToEnd, temporaryStore } from './support.ts';

test('an operation that was written when its progress stood in the same record is read as before', async () => {
  await using store = temporaryStore();
  const engine = engineOn(store, [kindOf({ run: async () => succeeded(0) })]);
  const id = await runToEnd(engine, request(), ['h01']);
  const views = new OperationViews(store, engine);
  const shown = await views.get(id);
  const whole = await readOperation(store, id);
  await store.transact(async (tx) => {
    const { gates_checked: _, handshake_window: __, ...first } = whole;
    tx.put<unknown>(operationRecords, id, first);
    tx.delete(progressRecords, id);
  });
  await migrateFromFirst(store);
  expect(await readOperation(store, id)).toEqual({ ...whole, gates_checked: false, handshake_window: null });
  expect(await views.get(id)).toEqual({ ...shown, handshake_window: null });
  await engine.stop();
});
