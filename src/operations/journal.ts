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
  /** Of the operation: who has it writes the journal. */
  lease: OwnLease;
  clock: Clock;
  logger: Logger;
  /** Fires when the server stops: what could not be written until then is lost. */
  stopping: AbortSignal;
  /** Milliseconds before a write that a full disk refused is tried again. Default 1 s. */
  fullRetryMs?: number;
  keptOutputBytes?: number;
  /** The bound for all logs together; without it there is none. */
  logLimit?: Pick<LogLimit, 'take' | 'giveBack'>;
  /** What one transaction may hold, if the store takes as much. Default 1,000 operations and 1 MiB. */
  bound?: Limits;
}

/**
 * The journal of one running operation, and its only writer. What is appended is folded into the state at once and
 * resolves when it is on disk together with the records it changes. Appends that arrive while one is being written go
 * to disk as one, as far as they fit into a transaction. While the disk is full it holds what there is and tries again, and whoever appends waits with it: the
 * connections to the machines stay, nothing more is begun there, and no outcome is lost. After a write that failed for
 * any other reason it takes no more: its state is then ahead of the disk, and the operation has to be taken up from there
 * again.
 */
export class Journal {
  /** With all that was appended. */
  readonly state: OperationState;
  /** With what is on disk by now. */
  readonly #written: OperationState;
  readonly #options: JournalOptions;
  readonly #room: Limits;
  readonly #lost = new AbortController();
  #sequence: number;
  /** Bytes of output that are kept of the operation. */
  #logBytes: number;
  readonly #digests = new OutputDigests();
  /** Tells those who append that it is on disk. */
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

  /** Fires when a write failed, with why. All work that goes by this journal has to end then. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether what was appended waits for space on the disk. */
  get isHeldUp(): boolean {
    return this.#isHeldUp;
  }

  /** What is on disk by now, as others may see it: with ten thousand hosts it takes a second to read it from there. */
  get written(): OperationState {
    return { operation: this.#written.operation, hosts: new Map(this.#written.hosts) };
  }

  /**
   * Resolves when the entries are on disk: all of them, at once. They have to fit into one transaction: a host that ends takes
   * four keys and events, with its log entry.
   */
  append(...entries: NewEntry[]): Promise<void> {
    return this.#write(this.#takeAll(entries));
  }

  /**
   * The same with another write, of one key that may be compared, in the transaction; also of no entry at all. None comes after
   * the end of the operation, in whose transaction all commands are answered.
   */
  appendAlong(apply: Write['apply'], ...entries: NewEntry[]): Promise<void> {
    if (this.#isOver) return this.#write([]);
    return this.#write([...this.#takeAll(entries), { apply, size: { operations: 2, bytes: 4_096 } }]);
  }

  /** Ends all work that goes by the journal, as after a write that failed. */
  lose(error: unknown): void {
    this.#lost.abort(error);
  }

  /** Nothing comes after the end of the operation: what a kind says later, because it did not wait for something, is left out. */
  #takeAll(entries: readonly NewEntry[]): Write[] {
    const writes: Write[] = [];
    for (const entry of entries) if (!this.#isOver) writes.push(this.#take(entry));
    return writes;
  }

  get #isOver(): boolean {
    return this.state.operation.finished_at !== '';
  }

  /** Folds an entry into the state, and returns how to write down what came of it. */
  #take(entry: NewEntry): Write {
    const stamped: JournalEntry = { at: timestamp(this.#options.clock.now()), ...bounded(entry) };
    const { id } = this.state.operation;
    const key = journalKey(id, this.#sequence);
    this.#sequence += 1;
    const touched = fold(this.state, stamped);
    const ended = stamped.type === 'host_ended' ? this.state.hosts.get(stamped.host) : undefined;
    if (ended !== undefined) this.state.hosts.set(ended.address, this.#digests.finished(ended));
    // Taken now: by the time of the write the state may hold what later appends brought.
    const record = touched === undefined ? undefined : this.state.hosts.get(touched);
    const summary = this.state.operation;
    const event = eventOf(summary, stamped);
    const locks = stamped.type === 'operation_ended' ? lastLocksOf(this.state, this.#room).length : 0;
    const size = {
      // The entry, its host, whether that is down, and the locks, which are compared and deleted.
      operations: 3 + (event === undefined ? 0 : 1) + 2 * locks,
      bytes: bytesOf([stamped, record ?? null, event ?? null]),
    };
    const apply = async (tx: Transaction) => {
      tx.put(journalEntries, key, stamped);
      this.#saveHost(tx, record);
      if (stamped.type === 'host_ended') saveDown(tx, id, stamped);
      putProgress(tx, summary);
      emit(tx, key, event);
      if (stamped.type !== 'operation_ended') return;
      indexEnd(tx, summary);
      await this.#release(tx);
    };
    return { apply, size, operation: summary, host: record };
  }

  /** Adds to the output of a host, one call at a time. Resolves when it is on disk, or what is to be kept of it. */
  output(address: string, chunk: Uint8Array): Promise<void> {
    const host = this.state.hosts.get(address);
    if (host === undefined || chunk.length === 0 || this.#isOver) return Promise.resolve();
    const { keptOutputBytes = defaultKeptOutputBytes, logLimit } = this.#options;
    // Once something was dropped nothing is kept any more: a log has an end and no holes.
    const wanted = host.log_bytes === undefined ? Math.max(0, keptOutputBytes - host.output_bytes) : 0;
    // A copy: whoever read the chunk may fill its memory anew before it is written. `slice` of a Buffer is none, and `from`
    // goes byte by byte.
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
