import { Type as t } from '@sinclair/typebox';
import { AppError } from '../lib/errors.ts';
import { type Filter, type Selection, Sieve } from '../lib/selection.ts';
import type { ListRange, Store } from '../store/contract.ts';
import { detailText } from './detail-text.ts';
import type { Engine } from './engine.ts';
import { JournalEntry } from './entry.ts';
import { type HostRecord, type OperationState, shownHost, shownOperation } from './fold.ts';
import { type FoldedGroup, foldedOutput } from './folded.ts';
import type { Asker, Insight } from './insight.ts';
import { idOf } from './numbers.ts';
import type { Operation, OperationDetail } from './operation.ts';
import { OperationIndex } from './operation-index.ts';
import { type OutputSlice, readOutput } from './output.ts';
import {
  checkStillThere,
  findOperation,
  journalEntries,
  journalKey,
  latestKey,
  latestRecords,
  operationRecords,
  readOperation,
  readState,
  revisionOfOperations,
  runningRecords,
  withProgress,
} from './records.ts';
import { scopeOf } from './scope.ts';
import { type ClusterKind, v0Record } from './v0-record.ts';
import { spaceOnDisk, waitingShownTo } from './waiting.ts';

export interface JournalQuery extends Asker {
  /** Only entries with a sequence number past this one. */
  after?: number;
  limit: number;
}

const sequence = t.Integer({ description: 'The first entry of an operation is 0' });
/** An entry with its sequence number. */
export const NumberedEntry = t.Union(JournalEntry.anyOf.map(({ properties }) => t.Object({ sequence, ...properties })));
export type NumberedEntry = JournalEntry & { sequence: number };

/** Whether a caller may see what is about these clusters; undefined stands for hosts in no cluster. */
export type Visibility = (clusters: readonly (string | undefined)[]) => boolean;

export interface Seen extends Asker {
  /** Decides by the clusters of an operation. An operation that it rejects looks as if it did not exist. */
  isVisible?: Visibility | undefined;
}

/** A page of operations, read one by one: each may hold a script or a file. */
export interface Page {
  records: AsyncIterable<Operation>;
  /** The number of operations that pass the filters, on all pages. */
  total: number;
}

/** What the engine knows of running operations that is not on disk, or not yet read from it. */
type UnderWay = Pick<Engine, 'handshakesOf' | 'isHeldUp' | 'writtenState'>;

/** Operations, as callers read them. */
export class OperationViews {
  readonly #store: Store;
  readonly #engine: UnderWay;
  readonly #index: OperationIndex;

  constructor(store: Store, engine: UnderWay) {
    this.#store = store;
    this.#engine = engine;
    this.#index = new OperationIndex(store);
  }

  /**
   * Newest first, unless the selection says otherwise. A page of all operations, or of all that are not automatic, reads
   * no others. Neither does a page of one kind, cluster, status or outcome, or of what the caller may see; for other
   * conditions and orders the remaining
   * operations are read. Conditions apply to what is shown, so that a caller cannot learn anything about what is not.
   */
  async select(selection: Selection, seen: Seen = {}): Promise<Page> {
    const { filters, sort, reverse, offset, limit } = selection;
    const range = { offset, reverse: !reverse, ...(limit === undefined ? {} : { limit }) };
    if (seen.isVisible === undefined && filters.length === 0 && sort.length === 0) {
      return { records: this.#list(range, seen), total: await this.#store.count(operationRecords) };
    }
    if (seen.isVisible === undefined && isNotAutomatic(filters) && sort.length === 0) {
      const { ids, total } = await this.#index.asked(range);
      return { records: this.#each(ids, seen), total };
    }
    const narrowed = await this.#index.narrow(filters, seen.isVisible);
    if (narrowed !== undefined && narrowed.filters.length === 0 && sort.length === 0) {
      const sieve = new Sieve<string>({ ...selection, filters: [] });
      for (const id of narrowed.ids) sieve.take({}, id);
      return this.#page(sieve, seen);
    }
    const sieve = new Sieve<string>(selection);
    const left = narrowed === undefined ? this.#list({ reverse: true }, seen) : this.#each(narrowed.ids, seen);
    for await (const operation of left) sieve.take(operation, operation.id);
    return this.#page(sieve, seen);
  }

  #page(sieve: Sieve<string>, seen: Seen): Page {
    const { records: ids, total } = sieve.page();
    return { records: this.#each(ids, seen), total };
  }

  /** The revision of the last change to any operation. */
  revision(): Promise<number> {
    return revisionOfOperations(this.#store);
  }

  async *#list(range: ListRange, { isVisible = () => true, insight }: Seen): AsyncGenerator<Operation> {
    for await (const { value } of this.#store.list(operationRecords, range)) {
      if (!isVisible(scopeOf(value))) continue;
      const operation = await withProgress(this.#store, value);
      if (operation !== undefined) yield await shownOperation(operation, insight);
    }
  }

  /** Operations of a list of ids, without those that were removed since. */
  async *#each(ids: readonly string[], { insight }: Seen): AsyncGenerator<Operation> {
    for (const id of ids) {
      const operation = await findOperation(this.#store, id);
      if (operation !== undefined) yield await shownOperation(operation, insight);
    }
  }

  /** The id of the operation that an id or a number stands for. @throws AppError `operation_not_found` */
  idOf(reference: string): Promise<string> {
    return idOf(this.#store, reference);
  }

  /**
   * The clusters an operation is about; undefined for hosts in none.
   *
   * @param reference its id or number
   * @throws AppError `operation_not_found`
   */
  async scopeOf(reference: string): Promise<readonly (string | undefined)[]> {
    return scopeOf(await readOperation(this.#store, await this.idOf(reference)));
  }

  /** @throws AppError `operation_not_found` */
  async get(id: string, asker: Asker = {}): Promise<OperationDetail> {
    const { operation, hosts } = await this.#look(id, asker);
    return { ...operation, results: Array.from(hosts.values(), shownHost) };
  }

  /**
   * The same in JSON, and how many hosts pass the selection.
   *
   * @param selection of the hosts, by the members that are shown; without it all hosts
   * @throws AppError `operation_not_found`
   */
  async text(id: string, asker: Asker = {}, selection?: Selection): Promise<{ text: string; total: number }> {
    const { operation, hosts } = await this.#look(id, asker);
    const all = [...hosts.values()];
    if (selection === undefined) return { text: await detailText(operation, all), total: all.length };
    const sieve = new Sieve<HostRecord>(selection);
    for (const host of all) sieve.take(shownHost(host), host);
    const { records, total } = sieve.page();
    return { text: await detailText(operation, records), total };
  }

  async #look(id: string, { insight }: Asker): Promise<{ operation: Operation; hosts: OperationState['hosts'] }> {
    const { operation, hosts } = await this.#state(id);
    const handshakes = this.#engine.handshakesOf(id);
    const shown = {
      ...(await shownOperation(operation, insight)),
      ...(handshakes === undefined ? {} : { handshake_window: handshakes }),
      ...(this.#engine.isHeldUp(id) ? { status: 'waiting' as const, waiting_for: spaceOnDisk } : {}),
    };
    return { operation: shown, hosts };
  }

  /** The state on disk. */
  async #state(id: string): Promise<OperationState> {
    return this.#engine.writtenState(id) ?? readState(this.#store, id);
  }

  /** @throws AppError `operation_not_found`, `host_not_found` when the host is not part of it */
  async log(id: string, address: string, offset: number): Promise<OutputSlice> {
    const slice = await readOutput(this.#store, id, address, offset);
    await checkStillThere(this.#store, id);
    if (slice !== undefined) return slice;
    throw new AppError('host_not_found', `the operation ${id} has no host ${address}`, {
      hint: `list its hosts with \`commctl operation get ${id}\``,
    });
  }

  /**
   * The entries of the journal, oldest first: the decisions of the engine, the commands and who gave them, each intent
   * and each outcome. What the machines printed is in their logs.
   *
   * @throws AppError `operation_not_found`
   */
  async journal(id: string, { after, limit, insight }: JournalQuery): Promise<NumberedEntry[]> {
    const range = { prefix: `${id}/`, limit, ...(after === undefined ? {} : { after: journalKey(id, after) }) };
    const entries = await Array.fromAsync(this.#store.list(journalEntries, range), async ({ key, value }) => ({
      sequence: Number(key.slice(id.length + 1)),
      ...(await entryShownTo(insight, id, value)),
    }));
    await checkStillThere(this.#store, id);
    return entries;
  }

  /** The number of running operations, of one kind or of all. */
  async running(kind?: string): Promise<number> {
    let count = 0;
    for await (const { key } of this.#store.list(runningRecords)) {
      if (kind === undefined || (await readOperation(this.#store, key)).kind === kind) count += 1;
    }
    return count;
  }

  /** The machines with their output, those that ended alike as one group. @throws AppError `operation_not_found` */
  async folded(id: string): Promise<FoldedGroup[]> {
    return foldedOutput(this.#store, await this.#state(id));
  }

  /** The v0 record of an operation on a cluster. @throws AppError `operation_not_found` */
  async record(id: string, kind: ClusterKind): Promise<Record<string, unknown>> {
    const { results, ...operation } = await this.get(id);
    return v0Record(operation, kind, results);
  }

  /** The id of the newest operation of a kind on the cluster. @throws AppError `operation_not_found` */
  async latest(cluster: string, kind: ClusterKind): Promise<string> {
    const latest = (await this.#store.get(latestRecords, latestKey(cluster, kind)))?.value;
    if (latest !== undefined) return latest.operation;
    throw new AppError('operation_not_found', `there was no ${kind} of the cluster ${cluster} yet`, {
      hint: `begin one with \`commctl cluster ${kind} start ${cluster}\``,
    });
  }
}

/** Whether the only condition is `automatic=false`. */
function isNotAutomatic([filter, ...others]: readonly Filter[]): boolean {
  if (filter === undefined || others.length > 0 || filter.field.path[0] !== 'automatic') return false;
  return filter.condition.is === 'equal' && filter.condition.text === 'false';
}

async function entryShownTo(insight: Insight | undefined, id: string, entry: JournalEntry): Promise<JournalEntry> {
  if (entry.type !== 'waiting') return entry;
  return { ...entry, waiting_for: await waitingShownTo(insight, entry.waiting_for, { id }) };
}
