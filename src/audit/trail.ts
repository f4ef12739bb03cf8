import { type Clock, timestamp } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Part } from '../lib/part.ts';
import type { Store, Transaction } from '../store/contract.ts';
import { bytesOf, halfOf, type Limits, pagesOf, roomForPage, type Size } from '../store/limits.ts';
import { UnreadableRecord } from '../store/unreadable-record.ts';
import { hashOf, type Place } from './chain.ts';
import type { AuditEntry, AuditSubject, NewAuditEntry } from './entry.ts';
import { auditEntries, auditHeads, auditKey, emptyTrail, headKey, type TrailHead } from './records.ts';
import { type AuditPage, type AuditSearch, searchTrail } from './search.ts';

export interface TrailOptions {
  store: Store;
  clock: Clock;
  logger: Logger;
  /** The most entries; the oldest are removed first. */
  limit: number;
}

/** Bytes of an entry besides its content: its number, its time and two hashes. */
const besideEntry = 256;

/** How long `appendLater` waits for further entries. */
const lingerMs = 20;

interface Pending {
  entry: NewAuditEntry;
  at: string;
  done: PromiseWithResolvers<AuditEntry>;
}

/**
 * The audit trail and its only writer. An entry gets its number and its hash in the transaction that writes it; entries
 * that are appended during a transaction are written together in the next.
 */
export class Trail implements Part {
  readonly #options: TrailOptions;
  #pending: Pending[] = [];
  /** Settles when the newest entry is on disk, or could not be written. */
  #newestDone: Promise<unknown> = Promise.resolve();
  #writing: Promise<void> | undefined;
  #lingering: Promise<void> | undefined;
  readonly #ended = new AbortController();

  constructor(options: TrailOptions) {
    this.#options = options;
  }

  /**
   * Records an unknown outcome for acts that an earlier server began and did not complete. Call it once, before
   * anything is appended.
   */
  async begin(): Promise<void> {
    const { store, logger } = this.#options;
    const head = await this.#head();
    const newest = await ifReadable(this.#newest());
    // Not named `hash`, which the log redacts as that of a password.
    const end = { sequence: head.sequence, head: head.hash };
    // A trail that continues after its end leaves a gap that verification finds; the log, which may be kept elsewhere,
    // names the place.
    if (
      (newest?.sequence ?? head.anchor.sequence) !== head.sequence ||
      (newest?.hash ?? head.anchor.hash) !== head.hash
    ) {
      logger.error(end, 'the audit trail does not end where it ended: run `commissaire audit verify`');
    } else logger.info(end, 'the audit trail goes on');
    for (const begun of head.open) {
      const entry = (await ifReadable(store.get(auditEntries, auditKey(begun))))?.value;
      this.appendLater({ ...subjectOf(entry), result: 'unknown', begun });
    }
  }

  /**
   * Resolves when the entry is on disk.
   *
   * @throws AppError `store_full`, `shutting_down`
   */
  append(entry: NewAuditEntry): Promise<AuditEntry> {
    const appended = this.#hold(entry);
    this.#start();
    return appended;
  }

  /**
   * Appends an entry for which no caller waits, together with the next one or after a moment, which saves a commit.
   * Logs an entry that cannot be written.
   */
  appendLater(entry: NewAuditEntry): void {
    this.#hold(entry).catch((error) => {
      this.#options.logger.error({ entry, reason: describeError(error) }, 'an audit entry could not be written');
    });
    const lingered = () => {
      this.#lingering = undefined;
      this.#start();
    };
    this.#lingering ??= this.#options.clock.sleep(lingerMs, this.#ended.signal).then(lingered, lingered);
  }

  /** One page of the trail, newest first, including everything appended until now, and the end of the trail. */
  async search(search: AuditSearch): Promise<AuditPage & { end: Place }> {
    await this.settled();
    const { sequence, hash } = await this.#head();
    return { ...(await searchTrail(this.#options.store, search)), end: { sequence, hash } };
  }

  /**
   * Resolves when everything appended so far is on disk, or could not be written. It does not wait for later entries,
   * of which there are always more under load.
   */
  async settled(): Promise<void> {
    this.#start();
    // Entries are written in order: when the newest is done, all are.
    await Promise.allSettled([this.#newestDone]);
  }

  /**
   * Removes the oldest entries up to a number, a limited number at once, and never the newest.
   *
   * @returns the number of the last entry that is removed by now
   * @throws AppError `store_full`, `shutting_down`
   */
  async removeThrough(sequence: number): Promise<number> {
    return this.#options.store.transact(async (tx) => {
      const head = (await tx.get(auditHeads, headKey))?.value;
      if (head === undefined) return 0;
      const wanted = Math.min(sequence, head.sequence - 1);
      const anchor = await trim(tx, { anchor: head.anchor, wanted, room: this.#room });
      if (anchor.sequence > head.anchor.sequence) tx.put(auditHeads, headKey, { ...head, anchor });
      return anchor.sequence;
    }, 'journal');
  }

  async #head(): Promise<TrailHead> {
    const { store } = this.#options;
    const known = await store.get(auditHeads, headKey);
    if (known !== undefined) return known.value;
    // Without its head the trail begins again after the existing entries, which stays visible.
    return { ...emptyTrail, sequence: (await this.#newest())?.sequence ?? 0 };
  }

  /** Waits until nothing is being written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#start();
    while (this.#writing !== undefined) await this.#writing;
  }

  /** The limits of a transaction that adds entries and removes as many old ones. */
  get #room(): Limits {
    return halfOf(roomForPage(this.#options.store));
  }

  #hold(entry: NewAuditEntry): Promise<AuditEntry> {
    const done = Promise.withResolvers<AuditEntry>();
    this.#pending.push({ entry, at: timestamp(this.#options.clock.now()), done });
    this.#newestDone = done.promise;
    return done.promise;
  }

  #start(): void {
    if (this.#pending.length > 0) this.#writing ??= this.#write();
  }

  async #newest(): Promise<AuditEntry | undefined> {
    for await (const { value } of this.#options.store.list(auditEntries, { reverse: true, limit: 1 })) return value;
    return undefined;
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const [group = []] = pagesOf(this.#pending, sizeOf, this.#room);
      this.#pending = this.#pending.slice(group.length);
      try {
        const written = await this.#options.store.transact((tx) => this.#appendAll(tx, group), 'audit');
        for (const [index, { done }] of group.entries()) {
          const entry = written[index];
          if (entry !== undefined) done.resolve(entry);
        }
      } catch (error) {
        for (const { done } of group) done.reject(error);
      }
    }
    // In the same turn as the check of pending entries, so that no entry is appended in between and forgotten.
    this.#writing = undefined;
  }

  async #appendAll(tx: Transaction, group: readonly Pending[]): Promise<AuditEntry[]> {
    const head = (await tx.get(auditHeads, headKey))?.value ?? (await this.#head());
    const open = new Set(head.open);
    let last: Place = head;
    const entries = group.map(({ entry, at }) => {
      const next = linked(entry, at, last);
      tx.put(auditEntries, auditKey(next.sequence), next);
      if (next.result === 'begun') open.add(next.sequence);
      else if ('begun' in next) open.delete(next.begun);
      last = { sequence: next.sequence, hash: next.hash };
      return next;
    });
    const anchor = await trim(tx, {
      anchor: head.anchor,
      wanted: last.sequence - this.#options.limit,
      room: this.#room,
    });
    tx.put(auditHeads, headKey, { sequence: last.sequence, hash: last.hash, anchor, open: [...open] });
    return entries;
  }
}

interface Trimming {
  anchor: Place;
  /** The newest entry to remove. */
  wanted: number;
  room: Limits;
}

function sizeOf({ entry }: Pending): Size {
  return { operations: 1, bytes: bytesOf(entry) + besideEntry };
}

/**
 * Removes the oldest entries up to the wanted one, a limited number at once, and returns the place before the remaining
 * ones.
 */
async function trim(tx: Transaction, { anchor, wanted, room }: Trimming): Promise<Place> {
  if (wanted <= anchor.sequence) return anchor;
  const sequence = Math.min(wanted, anchor.sequence + room.operations);
  const newest = await tx.get(auditEntries, auditKey(sequence));
  // Someone has deleted it: removal stops, so that the rest can be examined.
  if (newest === undefined) return anchor;
  for (let old = anchor.sequence + 1; old <= sequence; old += 1) tx.delete(auditEntries, auditKey(old));
  return { sequence, hash: newest.value.hash };
}

/** Also undefined for a damaged entry: the damage stays visible, and the trail continues after it. */
async function ifReadable<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof UnreadableRecord) return undefined;
    throw error;
  }
}

function linked(entry: NewAuditEntry, at: string, { sequence, hash }: Place): AuditEntry {
  const unhashed = { sequence: sequence + 1, at, ...entry, previous: hash };
  return { ...unhashed, hash: hashOf(unhashed) };
}

/** The subject when the entry was deleted by someone. */
const nobody: AuditSubject = { request_id: '', who: '', method: '', peer: '', action: '', target: '' };

function subjectOf(entry: AuditEntry | undefined): AuditSubject {
  const { request_id, who, method, peer, token, action, target } = entry ?? nobody;
  return { request_id, who, method, peer, ...(token === undefined ? {} : { token }), action, target };
}
