import { type Clock, timestamp } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { TurnQueue } from '../lib/turn-queue.ts';
import type { OwnLease, Store, Transaction } from '../store/contract.ts';
import { bytesOf, type Limits, pagesOf, roomForPage } from '../store/limits.ts';
import type { JournalEntry, NewEntry } from './entry.ts';
import { eventOf } from './entry-event.ts';
import { fold, type HostRecord, type OperationState } from './fold.ts';
import { bounded, emit, type Pending, saveDown, sizeOf, type Write } from './journal-write.ts';
import { giveBack, lastLocksOf } from './locks.ts';
import type { LogLimit } from './log-limit.ts';
import { operationEnded } from './operation-ended.ts';
import { indexEnd } from './operation-index.ts';
import { OutputDigests } from './output-digests.ts';
import {
  journalEntries,
  journalKey,
  logSizes,
  operationHostKey,
  operationHostRecords,
  outputChunks,
  outputKey,
  putProgress,
  readState,
  runningRecords,
} from './records.ts';
import { refuseAll } from './refusal.ts';

/** Bytes kept of what one machine prints in one operation; what comes after is counted and dropped. */
const defaultKeptOutputBytes = 64 * 1024 * 1024;
const defaultFullRetryMs = 1_000;

export interface JournalOptions {
  store: Store;
  /** The lease of the operation: its owner writes the journal. */
  lease: OwnLease;
  clock: Clock;
  logger: Logger;
  /** Fires when the server stops: what is not written by then is lost. */
  stopping: AbortSignal;
  /** Milliseconds before a write that a full disk refused is tried again. Default 1 s. */
  fullRetryMs?: number;
  keptOutputBytes?: number;
  /** The bound for all logs together; without it there is no bound. */
  logLimit?: Pick<LogLimit, 'take' | 'giveBack'>;
  /** What one transaction may hold, if the store takes as much. Default 1,000 operations and 1 MiB. */
  bound?: Limits;
}

/**
 * The journal of one running operation, and its only writer. It folds an appended entry into the state at once; the
 * append resolves when the entry is on disk together with the records it changes. Appends that arrive during a write go
 * to disk together, as far as they fit into a transaction.
 *
 * While the disk is full, the journal holds its entries and tries again, and every append waits: the connections to the
 * machines stay open, nothing more is started there, and no outcome is lost. After a write that failed for any other
 * reason the journal accepts no more entries: its state is then ahead of the disk, and the operation must be resumed
 * from the disk.
 */
export class Journal {
  /** With all appended entries. */
  readonly state: OperationState;
  /** With the entries that are on disk. */
  readonly #written: OperationState;
  readonly #options: JournalOptions;
  readonly #room: Limits;
  readonly #lost = new AbortController();
  #sequence: number;
  /** Bytes of the operation's stored output. */
  #logBytes: number;
  readonly #digests = new OutputDigests();
  /** Resolves the appends that are on disk. */
  readonly #done = new TurnQueue();
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  #isHeldUp = false;

  private constructor(options: JournalOptions, state: OperationState, sequence: number, logBytes: number) {
    this.#options = options;
    this.#room = roomForPage(options.store, options.bound);
    this.state = state;
    this.#written = { operation: state.operation, hosts: new Map(state.hosts) };
    this.#sequence = sequence;
    this.#logBytes = logBytes;
  }

  static async open(options: JournalOptions, id: string): Promise<Journal> {
    const { store } = options;
    const state = await readState(store, id);
    const newest = await Array.fromAsync(store.list(journalEntries, { prefix: `${id}/`, reverse: true, limit: 1 }));
    const sequence = newest[0] === undefined ? 0 : Number(newest[0].key.split('/')[1]) + 1;
    const logBytes = (await store.get(logSizes, id))?.value.bytes ?? 0;
    return new Journal(options, state, sequence, logBytes);
  }

  /** Fires when a write failed, with the reason. All work that uses this journal must end then. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether appended entries wait for space on the disk. */
  get isHeldUp(): boolean {
    return this.#isHeldUp;
  }

  /** The state on disk, for readers: with ten thousand hosts it takes a second to read it from there. */
  get written(): OperationState {
    return { operation: this.#written.operation, hosts: new Map(this.#written.hosts) };
  }

  /**
   * Resolves when all the entries are on disk; they are written at once. They must fit into one transaction: a host
   * that ends takes four keys and events, with its log entry.
   */
  append(...entries: NewEntry[]): Promise<void> {
    return this.#write(this.#takeAll(entries));
  }

  /**
   * The same with another write in the transaction, of one key that may be compared; the list of entries may be empty.
   * No write follows the end of the operation, whose transaction answers all commands.
   */
  appendAlong(apply: Write['apply'], ...entries: NewEntry[]): Promise<void> {
    if (this.#isOver) return this.#write([]);
    return this.#write([...this.#takeAll(entries), { apply, size: { operations: 2, bytes: 4_096 } }]);
  }

  /** Ends all work that uses the journal, as after a failed write. */
  lose(error: unknown): void {
    this.#lost.abort(error);
  }

  /**
   * No entry follows the end of the operation. A later entry, of a kind that did not wait for something, is left out.
   */
  #takeAll(entries: readonly NewEntry[]): Write[] {
    const writes: Write[] = [];
    for (const entry of entries) if (!this.#isOver) writes.push(this.#take(entry));
    return writes;
  }

  get #isOver(): boolean {
    return this.state.operation.finished_at !== '';
  }

  /** Folds an entry into the state, and returns how to write the result. */
  #take(entry: NewEntry): Write {
    const stamped: JournalEntry = { at: timestamp(this.#options.clock.now()), ...bounded(entry) };
    const { id } = this.state.operation;
    const key = journalKey(id, this.#sequence);
    this.#sequence += 1;
    const touched = fold(this.state, stamped);
    const ended = stamped.type === 'host_ended' ? this.state.hosts.get(stamped.host) : undefined;
    if (ended !== undefined) this.state.hosts.set(ended.address, this.#digests.finished(ended));
    // Taken now: at the time of the write, the state may include later appends.
    const record = touched === undefined ? undefined : this.state.hosts.get(touched);
    const summary = this.state.operation;
    const event = eventOf(summary, stamped);
    const locks = stamped.type === 'operation_ended' ? lastLocksOf(this.state, this.#room).length : 0;
    const size = {
      // The entry, its host, whether the host is down or returned, and the locks, which are compared and deleted.
      operations: 3 + (event === undefined ? 0 : 1) + (ended === undefined ? 0 : 2) + 2 * locks,
      bytes: bytesOf([stamped, record ?? null, event ?? null]),
    };
    const apply = async (tx: Transaction) => {
      tx.put(journalEntries, key, stamped);
      this.#saveHost(tx, record);
      if (stamped.type === 'host_ended') await saveDown(tx, id, stamped);
      putProgress(tx, summary);
      emit(tx, key, event);
      if (stamped.type !== 'operation_ended') return;
      indexEnd(tx, summary);
      await this.#release(tx);
    };
    return { apply, size, operation: summary, host: record };
  }

  /** Adds to the output of a host, one call at a time. Resolves when the stored part of the output is on disk. */
  output(address: string, chunk: Uint8Array): Promise<void> {
    const host = this.state.hosts.get(address);
    if (host === undefined || chunk.length === 0 || this.#isOver) return Promise.resolve();
    const { keptOutputBytes = defaultKeptOutputBytes, logLimit } = this.#options;
    // Once output was dropped, nothing more is stored: a log has an end and no holes.
    const wanted = host.log_bytes === undefined ? Math.max(0, keptOutputBytes - host.output_bytes) : 0;
    // A copy: the reader of the chunk may reuse its memory before the write. `slice` of a Buffer does not copy, and
    // `from` goes byte by byte.
    const kept = new Uint8Array(chunk.subarray(0, wanted));
    const room = kept.length === 0 ? 0 : (logLimit?.take(kept.length) ?? kept.length);
    if (typeof room === 'number') return this.#keep(address, kept.subarray(0, room), chunk.length);
    return room.then((granted) => this.#keep(address, kept.subarray(0, granted), chunk.length));
  }

  async #keep(address: string, kept: Uint8Array, printed: number): Promise<void> {
    const { hosts, operation } = this.state;
    const host = hosts.get(address);
    if (host === undefined || this.#isOver) {
      this.#options.logLimit?.giveBack(kept.length);
      return;
    }
    const offset = host.output_bytes;
    const { output_digest: _, ...rest } = host;
    const record: HostRecord = { ...rest, output_bytes: offset + printed };
    this.#digests.add(address, offset, kept);
    if (kept.length < printed) record.log_bytes ??= offset + kept.length;
    hosts.set(address, record);
    this.#logBytes += kept.length;
    const size = { bytes: this.#logBytes };
    try {
      const apply = (tx: Transaction) => {
        this.#saveHost(tx, record);
        if (kept.length === 0) return;
        tx.keep(outputChunks, outputKey(operation.id, address, offset), kept);
        tx.put(logSizes, operation.id, size);
      };
      await this.#write([{ apply, size: { operations: 3, bytes: kept.length + bytesOf(record) }, host: record }]);
    } catch (error) {
      this.#options.logLimit?.giveBack(kept.length);
      throw error;
    }
  }

  #saveHost(tx: Transaction, record: HostRecord | undefined): void {
    if (record === undefined) return;
    tx.put(operationHostRecords, operationHostKey(this.state.operation.id, record.address), record);
  }

  async #release(tx: Transaction): Promise<void> {
    tx.delete(runningRecords, this.state.operation.id);
    const { operation } = this.state;
    await refuseAll(tx, operation.id, operationEnded(operation));
    this.#options.lease.forget(tx);
    await giveBack(tx, lastLocksOf(this.state, this.#room), operation.id);
  }

  #write(writes: readonly Write[]): Promise<void> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason);
    if (writes.length === 0) return this.#writing ?? Promise.resolve();
    const done = Promise.withResolvers<void>();
    this.#pending.push({ writes, done });
    this.#writing ??= this.#drain();
    return done.promise;
  }

  async #drain(): Promise<void> {
    while (this.#pending.length > 0) {
      const [batch = []] = pagesOf(this.#pending, sizeOf, this.#room);
      this.#pending = this.#pending.slice(batch.length);
      try {
        const writes = batch.flatMap((pending) => pending.writes);
        await this.#writeDown(writes);
        for (const write of writes) this.#settle(write);
        this.#done.add(batch.map(({ done }) => done.resolve));
      } catch (error) {
        this.#lost.abort(error);
        for (const { done } of [...batch, ...this.#pending]) done.reject(error);
        this.#pending = [];
      }
    }
    this.#writing = undefined;
  }

  #settle({ operation, host }: Write): void {
    if (operation !== undefined) this.#written.operation = operation;
    if (host !== undefined) this.#written.hosts.set(host.address, host);
  }

  async #writeDown(writes: readonly Write[]): Promise<void> {
    const { store, lease, clock, logger, stopping, fullRetryMs = defaultFullRetryMs } = this.#options;
    const { id } = this.state.operation;
    for (;;) {
      try {
        await store.transact(async (tx) => {
          await lease.fence(tx);
          for (const { apply } of writes) await apply(tx);
        }, 'journal');
        if (this.#isHeldUp) logger.info({ operation: id }, 'the journal of the operation is written again');
        this.#isHeldUp = false;
        return;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'store_full') || stopping.aborted) throw error;
        if (!this.#isHeldUp) {
          const details = { operation: id, error: describeError(error) };
          logger.error(details, 'the journal of the operation cannot be written, and the operation waits for that');
        }
        this.#isHeldUp = true;
        await clock.sleep(fullRetryMs, stopping).catch(() => undefined);
        if (stopping.aborted) throw error;
      }
    }
  }
}
