import { type Clock, timestamp } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Entry, Store } from '../store/contract.ts';
import { bytesOf, pagesOf, roomForPage } from '../store/limits.ts';
import type { HostRecord } from './fold.ts';
import {
  type LogSize,
  logSizes,
  operationHostRecords,
  outputChunks,
  readOperation,
  runningRecords,
} from './records.ts';
import { aboutOf } from './scope.ts';

export interface LogLimitOptions {
  store: Store;
  clock: Clock;
  logger: Logger;
  /** Bytes of output that are kept of all operations together. */
  limit: number;
}

/** Of a log that is removed, chunks that go in one transaction if the store takes as many: others want to write meanwhile. */
const mostChunks = 256;
const pageOfOperations = 64;

/**
 * The bound for all logs together, and the one who removes them. Whoever keeps output asks for room first, so that there
 * is never more than the limit. Room is made by removing the logs of the oldest operations that have ended, each as a
 * whole; those that run are spared. When they alone fill the limit there is no more room.
 *
 * The size of each log is on disk, written together with the chunks; their sum is counted at the start and kept here.
 */
export class LogLimit implements AsyncDisposable {
  readonly #options: LogLimitOptions;
  #total = 0;
  /** One at a time makes room. */
  #turn: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(options: LogLimitOptions) {
    this.#options = options;
  }

  /**
   * Counts what there is and goes on with what an earlier server had begun to remove. To be called once, before any
   * operation is begun with.
   */
  async begin(): Promise<void> {
    const { store } = this.#options;
    const begun: string[] = [];
    for await (const { key, value } of store.list(logSizes)) {
      this.#total += value.bytes;
      if (value.removing === true) begun.push(key);
    }
    this.#turn = this.#attempt(async () => {
      for (const id of begun) await this.#clear(id);
      await this.#removeFor(0);
    });
  }

  /**
   * Bytes of so many that may be kept, taken for whoever asked. At once where there is room, else when it was made. None
   * on a disk that is nearly full: what is left there is for what became of the machines.
   */
  take(bytes: number): number | Promise<number> {
    if (!this.#options.store.hasRoomFor('output')) return 0;
    if (this.#total + bytes <= this.#options.limit) return this.#granted(bytes);
    const turn = this.#turn.then(async () => {
      await this.#attempt(() => this.#removeFor(bytes));
      return this.#granted(Math.min(bytes, Math.max(0, this.#options.limit - this.#total)));
    });
    this.#turn = turn;
    return turn;
  }

  /** For what was taken and could not be written. */
  giveBack(bytes: number): void {
    this.#total -= bytes;
  }

  /**
   * Removes the log of an operation whose record is gone, if it has one. Resolves when that is on disk.
   *
   * @throws AppError `shutting_down`, and what a commit throws
   */
  remove(id: string): Promise<void> {
    // In turn with all other removals: what two remove at once would be given back twice.
    const removed = this.#turn.then(async () => {
      if ((await this.#options.store.get(logSizes, id)) !== undefined) await this.#deleteChunks(id);
      if (this.#stopping) throw new AppError('shutting_down', 'the server is stopping');
    });
    this.#turn = removed.catch(() => undefined);
    return removed;
  }

  /** Leaves what it is at to the next server. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#turn;
  }

  #granted(bytes: number): number {
    this.#total += bytes;
    return bytes;
  }

  /** What cannot be removed takes the room of what would be kept, and no operation fails of it. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#stopping) this.#options.logger.error({ error: describeError(error) }, 'old logs could not be removed');
    }
  }

  async #removeFor(bytes: number): Promise<void> {
    for await (const id of this.#oldest()) {
      if (this.#stopping || this.#total + bytes <= this.#options.limit) return;
      if (await this.#mark(id)) await this.#clear(id);
    }
  }

  /** The operations that have a log; read page by page, as they are removed meanwhile. */
  async *#oldest(): AsyncGenerator<string> {
    for (let after = ''; ; ) {
      const range = after === '' ? {} : { after };
      const page = await Array.fromAsync(
        this.#options.store.list(logSizes, { ...range, limit: pageOfOperations }),
        ({ key }) => key,
      );
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last;
    }
  }

  /** From here on the log will be gone, whatever happens. False for an operation that runs. */
  #mark(id: string): Promise<boolean> {
    return this.#options.store.transact(async (tx) => {
      if ((await tx.get(runningRecords, id)) !== undefined) return false;
      const size = (await tx.get(logSizes, id))?.value;
      if (size === undefined) return false;
      // The operation itself is being removed, or a removal was broken off.
      if (size.removing === true) return true;
      const about = aboutOf(await readOperation(tx, id));
      tx.put(logSizes, id, { ...size, removing: true });
      tx.emit({ type: 'operation', action: 'log_removed', key: id, data: { ...about, bytes: size.bytes } });
      return true;
    }, 'journal');
  }

  /** Removes a log that is marked. Its hosts come first: nobody is to read a log of which a part is gone. */
  async #clear(id: string): Promise<void> {
    await this.#markHosts(id);
    await this.#deleteChunks(id);
  }

  async #markHosts(id: string): Promise<void> {
    const { store, clock } = this.#options;
    const at = timestamp(clock.now());
    const hosts = await Array.fromAsync(store.list(operationHostRecords, { prefix: `${id}/` }));
    const sizeOf = ({ value }: Entry<HostRecord>) => ({ operations: 2, bytes: bytesOf(value) + bytesOf({ at }) });
    for (const page of pagesOf(
      hosts.filter(({ value }) => hasLog(value)),
      sizeOf,
      roomForPage(store),
    )) {
      if (this.#stopping) return;
      await store.transact(async (tx) => {
        for (const { key } of page) {
          // It may have gone with the whole operation.
          const host = (await tx.get(operationHostRecords, key))?.value;
          if (host !== undefined) tx.put(operationHostRecords, key, { ...host, log_removed_at: at });
        }
      }, 'journal');
    }
  }

  async #deleteChunks(id: string): Promise<void> {
    const { store } = this.#options;
    const chunksAtATime = Math.min(mostChunks, roomForPage(store).operations);
    while (!this.#stopping) {
      const range = { prefix: `${id}/`, limit: chunksAtATime };
      const chunks = await Array.fromAsync(store.chunks.list(outputChunks, range));
      const before = (await store.get(logSizes, id))?.value.bytes ?? 0;
      const freed = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
      const left: LogSize | undefined =
        chunks.length < chunksAtATime ? undefined : { bytes: before - freed, removing: true };
      await store.transact(async (tx) => {
        for (const { key } of chunks) tx.discard(outputChunks, key);
        if (left === undefined) tx.delete(logSizes, id);
        else tx.put(logSizes, id, left);
      }, 'journal');
      this.#total -= before - (left?.bytes ?? 0);
      if (left === undefined) return;
    }
  }
}

function hasLog({ log_removed_at, log_bytes, output_bytes }: HostRecord): boolean {
  return log_removed_at === undefined && (log_bytes ?? output_bytes) > 0;
}
