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
  /** How many entries are kept; the oldest go first. */
  limit: number;
}

/** Bytes of an entry beside what it tells: its number, its time and two hashes. */
const besideEntry = 256;

/** How long an entry that nobody waits for waits for others. */
const lingerMs = 20;

interface Pending {
  entry: NewAuditEntry;
  at: string;
  done: PromiseWithResolvers<AuditEntry>;
}

/**
 * The audit trail and its only writer. An entry gets its number and its hash in the transaction that writes it; what is
 * appended while one is under way goes to disk as one.
 */
export class Trail implements Part {
  readonly #options: TrailOptions;
  #pending: Pending[] = [];
  /** Settles when the newest entry is on disk, or has failed to get there. */
  #newestDone: Promise<unknown> = Promise.resolve();
  #writing: Promise<void> | undefined;
  #lingering: Promise<void> | undefined;
  readonly #ended = new AbortController();

  constructor(options: TrailOptions) {
    this.#options = options;
  }

  /**
   * Says of what an earlier server began and did not see the end of that its outcome is unknown. To be called once, before
   * anything is appended.
   */
  async begin(): Promise<void> {
    const { store, logger } = this.#options;
    const head = await this.#head();
    const newest = await ifReadable(this.#newest());
    // Not as `hash`, which the log takes for that of a password.
    const end = { sequence: head.sequence, head: head.hash };
    // Going on from where the trail ended leaves the gap to be found; the place is told to a log that is kept elsewhere.
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
   * Appends what nobody waits for, with what is appended next or in a moment: a commit saved. What cannot be written is
   * told to the log.
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

  /** One page of it, newest first, with all that was appended until now, and where the trail ends. */
  async search(search: AuditSearch): Promise<AuditPage & { end: Place }> {
    await this.settled();
    const { sequence, hash } = await this.#head();
    return { ...(await searchTrail(this.#options.store, search)), end: { sequence, hash } };
  }

  /**
   * Resolves when everything appended so far is on disk, or has failed to get there. It does not wait for what others
   * append meanwhile: under load there is always more of it.
   */
  async settled(): Promise<void> {
    this.#start();
    // Entries are written in the order they came in: when the newest of them is done, so are all.
    await Promise.allSettled([this.#newestDone]);
  }

  /**
   * Removes the oldest entries up to a number, so many at once, and never the newest.
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
    // Without its head the trail begins anew behind what there is, which shows for good.
    return { ...emptyTrail, sequence: (await this.#newest())?.sequence ?? 0 };
  }

  /** Waits until nothing is being written any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#start();
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Of a transaction that adds entries and removes as many old ones. */
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
    // In the same turn as the look at what is pending: nobody can come in between and not be written.
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
  /** The newest entry that is to go. */
  wanted: number;
  room: Limits;
}

function sizeOf({ entry }: Pending): Size {
  return { operations: 1, bytes: bytesOf(entry) + besideEntry };
}

/** Removes the oldest entries up to the one that is wanted, so many at once, and says where what is kept begins. */
async function trim(tx: Transaction, { anchor, wanted, room }: Trimming): Promise<Place> {
  if (wanted <= anchor.sequence) return anchor;
  const sequence = Math.min(wanted, anchor.sequence + room.operations);
  const newest = await tx.get(auditEntries, auditKey(sequence));
  // Somebody has removed it: nothing more goes, so that what is left can be looked at.
  if (newest === undefined) return anchor;
  for (let old = anchor.sequence + 1; old <= sequence; old += 1) tx.delete(auditEntries, auditKey(old));
  return { sequence, hash: newest.value.hash };
}

/** Undefined for a damaged entry too: it shows for good, and the trail goes on behind it. */
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

/** What is still known when somebody has removed the entry. */
const nobody: AuditSubject = { request_id: '', who: '', method: '', peer: '', action: '', target: '' };

function subjectOf(entry: AuditEntry | undefined): AuditSubject {
  const { request_id, who, method, peer, token, action, target } = entry ?? nobody;
  return { request_id, who, method, peer, ...(token === undefined ? {} : { token }), action, target };
}
