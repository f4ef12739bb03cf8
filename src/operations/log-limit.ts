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
  /** Bytes of output kept for all operations together. */
  limit: number;
}

/** Chunks of a log that one transaction removes, if the store takes as many: other writers must get their turn. */
const mostChunks = 256;
const pageOfOperations = 64;

/**
 * The bound for all logs together; it also removes them. A writer of output asks for room first, so that the logs never
 * exceed the limit. To make room, it removes the logs of the oldest operations that have ended, each as a whole, and
 * spares running operations. When the logs of those fill the limit, there is no more room.
 *
 * The size of each log is on disk, written together with its chunks; their sum is counted at the start and kept here.
 */
export class LogLimit implements AsyncDisposable {
  readonly #options: LogLimitOptions;
  #total = 0;
  /** Only one call at a time makes room. */
  #turn: Promise<unknown> = Promise.resolve();
  #stopping = false;

  constructor(options: LogLimitOptions) {
    this.#options = options;
  }

  /**
   * Counts the stored logs and continues the removals that an earlier server started. To be called once, before any
   * operation is started.
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
   * Takes room for output, and returns how many of the bytes may be kept: at once where there is room, otherwise after
   * making it. Returns 0 on a disk that is nearly full: the rest of the disk is for outcomes.
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

  /** Returns room that was taken and could not be used. */
  giveBack(bytes: number): void {
    this.#total -= bytes;
  }

  /**
   * Removes the log of an operation whose record is gone, if it has one. Resolves when that is on disk.
   *
   * @throws AppError `shutting_down`, and what a commit throws
   */
  remove(id: string): Promise<void> {
    // One removal at a time: two concurrent removals of the same bytes would subtract them twice.
    const removed = this.#turn.then(async () => {
      if ((await this.#options.store.get(logSizes, id)) !== undefined) await this.#deleteChunks(id);
      if (this.#stopping) throw new AppError('shutting_down', 'the server is stopping');
    });
    this.#turn = removed.catch(() => undefined);
    return removed;
  }

  /** Leaves an unfinished removal to the next server. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#turn;
  }

  #granted(bytes: number): number {
    this.#total += bytes;
    return bytes;
  }

  /** A log that cannot be removed takes room from new output, but no operation fails because of it. */
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

  /** The operations that have a log, read page by page: logs are removed meanwhile. */
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

  /** After this the removal of the log is certain. False for a running operation. */
  #mark(id: string): Promise<boolean> {
    return this.#options.store.transact(async (tx) => {
      if ((await tx.get(runningRecords, id)) !== undefined) return false;
      const size = (await tx.get(logSizes, id))?.value;
      if (size === undefined) return false;
      // The operation itself is being removed, or a removal was interrupted.
      if (size.removing === true) return true;
      const about = aboutOf(await readOperation(tx, id));
      tx.put(logSizes, id, { ...size, removing: true });
      tx.emit({ type: 'operation', action: 'log_removed', key: id, data: { ...about, bytes: size.bytes } });
      return true;
    }, 'journal');
  }

  /** Removes a log that is marked. Its hosts are marked first: no reader may get a log with a missing part. */
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
          // The whole operation may have been removed.
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
