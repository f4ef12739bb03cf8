import { clusterRecords } from '../inventory/collections.ts';
import type { Collection, Reader, Store, Transaction } from '../store/contract.ts';
import { pagesOf, roomForPage } from '../store/limits.ts';
import { commandRecords } from './command.ts';
import type { Engine } from './engine.ts';
import type { OperationRecord } from './fold.ts';
import type { LogLimit } from './log-limit.ts';
import { forgetNumbers } from './numbers.ts';
import { unindexOperation } from './operation-index.ts';
import {
  findOperation,
  journalEntries,
  latestKey,
  latestRecords,
  logSizes,
  operationHostRecords,
  operationRecords,
  progressRecords,
  removingRecords,
  runningRecords,
  targetRecords,
} from './records.ts';
import { aboutOf } from './scope.ts';

export interface RemovalOptions {
  store: Store;
  /** Removes the log, and returns its room. */
  logLimit: Pick<LogLimit, 'remove'>;
  /** Releases what the operation refers to. */
  engine: Pick<Engine, 'letGo'>;
}

/** The maximum size of marking an operation: compared keys, its record, progress, number, indexes and event. */
const sizeOfMark = { operations: 22, bytes: 4_096 };
/** The list of its hosts, and its mark. */
const lastKeys = 2;

/**
 * Removes operations in transactions of a bounded size. The first one removes the record, so that the operation cannot
 * be found any more, and leaves a mark in its place. Hosts, journal and log follow, and the mark goes with the last of
 * them. After an interruption `finish` continues from the marks.
 */
export class Removal {
  readonly #options: RemovalOptions;

  constructor(options: RemovalOptions) {
    this.#options = options;
  }

  /**
   * Removes those of the operations that may still be removed at the time of the transaction.
   *
   * @returns the number of removed operations
   * @throws the reason of the signal, and what a commit throws
   */
  async remove(ids: readonly string[], signal: AbortSignal): Promise<number> {
    let removed = 0;
    for (const page of pagesOf(ids, sizeOfMark, roomForPage(this.#options.store))) {
      signal.throwIfAborted();
      removed += await this.#mark(page);
      await this.finish(signal);
    }
    return removed;
  }

  /** Removes the rest of operations that are marked. @throws the reason of the signal, and what a commit throws */
  async finish(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const keys = await this.#remains();
      if (keys.length === 0) return;
      await this.#options.store.transact(async (tx) => {
        for (const { collection, key } of keys) tx.delete(collection, key);
      }, 'journal');
    }
  }

  #mark(ids: readonly string[]): Promise<number> {
    const { store, engine } = this.#options;
    return store.transact(async (tx) => {
      const numbers: number[] = [];
      for (const id of ids) {
        const operation = await findOperation(tx, id);
        if (operation === undefined || !(await isRemovable(tx, operation))) continue;
        numbers.push(operation.number);
        tx.put(removingRecords, id, true);
        tx.delete(operationRecords, id);
        tx.delete(progressRecords, id);
        unindexOperation(tx, operation);
        await engine.letGo(tx, operation);
        await forgetLatest(tx, operation);
        const log = (await tx.get(logSizes, id))?.value;
        if (log !== undefined) tx.put(logSizes, id, { ...log, removing: true });
        tx.emit({ type: 'operation', action: 'removed', key: id, data: aboutOf(operation) });
      }
      await forgetNumbers(tx, numbers);
      return numbers.length;
    }, 'journal');
  }

  /** Up to one page of keys of marked operations, for each operation in the order of their removal. */
  async #remains(): Promise<Doomed[]> {
    const { store, logLimit } = this.#options;
    const keysAtATime = roomForPage(store).operations;
    const keys: Doomed[] = [];
    const marked = await Array.fromAsync(store.list(removingRecords, { limit: keysAtATime }), ({ key }) => key);
    for (const id of marked) {
      await logLimit.remove(id);
      for (const collection of [journalEntries, operationHostRecords, targetRecords, commandRecords]) {
        const limit = keysAtATime - lastKeys - keys.length;
        if (limit <= 0) return keys;
        for await (const { key } of store.list<unknown>(collection, { prefix: `${id}/`, limit })) {
          keys.push({ collection, key });
        }
      }
      if (keys.length + lastKeys >= keysAtATime) return keys;
      keys.push({ collection: targetRecords, key: id }, { collection: removingRecords, key: id });
    }
    return keys;
  }
}

interface Doomed {
  collection: Collection<unknown>;
  key: string;
}

/**
 * Whether an operation may be removed: it has ended, and the v0 routes do not show it for its cluster. That it has
 * ended also means that no lock names it: the locks go in the transaction of the end.
 */
export async function isRemovable(reader: Pick<Reader, 'get'>, operation: OperationRecord): Promise<boolean> {
  if (operation.finished_at === '' || (await reader.get(runningRecords, operation.id)) !== undefined) return false;
  if (!(await isLatest(reader, operation))) return true;
  return (await reader.get(clusterRecords, operation.cluster)) === undefined;
}

async function isLatest(
  reader: Pick<Reader, 'get'>,
  { id, cluster, kind }: Pick<OperationRecord, 'id' | 'cluster' | 'kind'>,
): Promise<boolean> {
  if (cluster === '') return false;
  return (await reader.get(latestRecords, latestKey(cluster, kind)))?.value.operation === id;
}

/** When a cluster does not exist any more, its newest operation may be removed too. */
async function forgetLatest(tx: Transaction, operation: OperationRecord): Promise<void> {
  if (await isLatest(tx, operation)) tx.delete(latestRecords, latestKey(operation.cluster, operation.kind));
}
