import { Type as t } from '@sinclair/typebox';
import { hostsetOf } from '../inventory/known-clusters.ts';
import { clustersOf } from '../inventory/membership.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { foldNodeSet } from '../lib/node-set.ts';
import { type Selection, Sieve } from '../lib/selection.ts';
import type { ListRange, Reader, Store } from '../store/contract.ts';
import { detailText } from './detail-text.ts';
import type { Engine } from './engine.ts';
import { JournalEntry } from './entry.ts';
import { type HostRecord, type OperationState, shownHost, shownOperation } from './fold.ts';
import { type FoldedGroup, foldedOutput } from './folded.ts';
import { checkGates } from './gate-check.ts';
import type { Insight } from './insight.ts';
import { Obstructed } from './obstacle.ts';
import type { HostState, Operation, OperationDetail } from './operation.ts';
import { OperationIndex } from './operation-index.ts';
import { ordered } from './order.ts';
import { type OutputSlice, readOutput } from './output.ts';
import { type Plan, planOf } from './plan.ts';
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
  targetOf,
  withStanding,
} from './records.ts';
import { scopeOf } from './scope.ts';
import type { Admission, Started } from './start.ts';
import { completed, type Strategy } from './strategy.ts';
import { checkStrategy } from './strategy-check.ts';
import { parseTarget } from './targets/parse.ts';
import { resolveTarget } from './targets/resolve.ts';
import { type ClusterKind, v0Record } from './v0-record.ts';
import { spaceOnDisk, waitingShownTo } from './waiting.ts';

/** Who asks. */
interface Asker {
  /** What they may be told of others; without it, all. */
  insight?: Insight | undefined;
}

export interface ClusterRequest extends Asker {
  kind: ClusterKind;
  cluster: string;
  parameters: Record<string, unknown>;
  strategy?: Partial<Strategy>;
  requestedBy: string;
  admit?: Admission;
}

export interface OperationRequest extends Asker {
  kind: string;
  parameters: Record<string, unknown>;
  /** An expression, see docs/targets.md. */
  target: string;
  strategy?: Partial<Strategy>;
  requestedBy: string;
  /** Wait for machines that another operation has, instead of being refused. */
  wait?: boolean;
  admit?: Admission;
}

export interface JournalQuery extends Asker {
  /** Only entries with a sequence number past this one. */
  after?: number;
  limit: number;
}

const sequence = t.Integer({ description: 'The first entry of an operation is 0' });
/** An entry with its place. */
export const NumberedEntry = t.Union(JournalEntry.anyOf.map(({ properties }) => t.Object({ sequence, ...properties })));
export type NumberedEntry = JournalEntry & { sequence: number };

/** Whether to wait for machines that another operation has, instead of being refused, and whether it may begin. */
export type Queue = Pick<OperationRequest, 'wait' | 'admit' | 'insight'>;

/** Whether somebody may see what is about these clusters; undefined stands for hosts in none. */
export type Visibility = (clusters: readonly (string | undefined)[]) => boolean;

export interface Seen extends Asker {
  /** By the clusters of an operation: what it does not let through is as if it were not there. */
  isVisible?: Visibility | undefined;
}

/** A page of operations, read one by one: each may hold a script or a file. */
export interface Page {
  records: AsyncIterable<Operation>;
  /** How many the filters let through, on all pages. */
  total: number;
}

interface Again extends Queue {
  id: string;
  requestedBy: string;
}

/** Operations, for those who start them, command them and look at them. */
export class Operations {
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #index: OperationIndex;

  constructor(store: Store, engine: Engine, clock: Clock) {
    this.#store = store;
    this.#index = new OperationIndex(store);
    this.#engine = engine;
    this.#clock = clock;
  }

  /** @throws AppError `cluster_not_found`, `operation_running`, `invalid_member` */
  async startOnCluster(request: ClusterRequest): Promise<Started> {
    const { cluster, strategy = {}, insight, ...rest } = request;
    return toldTo(insight, () =>
      this.#engine.start({ ...rest, cluster, strategy }, (reader) => hostsetOf(reader, cluster)),
    );
  }

  /**
   * @throws AppError `invalid_target`, `cluster_not_found`, `host_not_found`, `target_empty`, `operation_running`,
   *   `invalid_member`, `source_not_allowed`, `source_unusable`
   */
  async start(request: OperationRequest): Promise<Started> {
    const { strategy = {}, insight, ...rest } = request;
    const parameters = await this.#engine.freezeParameters(request.kind, request.parameters);
    const start = { ...rest, parameters, strategy, cluster: '' };
    return toldTo(insight, () => this.#engine.start(start, (reader) => hostsOf(reader, request.target)));
  }

  /** What `start` would do, without touching a machine or writing anything down. @throws what `start` throws */
  async plan(request: OperationRequest): Promise<Plan> {
    const { kind } = request;
    const parameters = this.#engine.checkParameters(kind, request.parameters);
    const strategy = checkStrategy(completed(request.strategy ?? {}));
    const hosts = await hostsOf(this.#store, request.target);
    request.admit?.(await clustersOf(this.#store, hosts));
    const addresses = await ordered(this.#store, hosts, strategy);
    await checkGates(this.#store, strategy, addresses, this.#engine.httpGates);
    const disruptions = this.#engine.disruptionsOf(kind, parameters);
    const { insight } = request;
    return planOf(this.#store, { addresses, strategy, now: this.#clock.now(), disruptions, insight });
  }

  /** The numbers a running or ended operation goes by. @throws AppError `operation_not_found` */
  async planOf(id: string, { insight }: Asker = {}): Promise<Plan> {
    const { operation, hosts } = await readState(this.#store, id);
    const { strategy, kind, parameters } = operation;
    const disruptions = this.#engine.disruptionsOf(kind, parameters);
    const now = this.#clock.now();
    return planOf(this.#store, { addresses: [...hosts.keys()], strategy, now, self: id, disruptions, insight });
  }

  /** @throws AppError `operation_not_found`, `operation_ended` */
  async pause(id: string, by: string, asker: Asker = {}): Promise<Operation> {
    await this.#engine.command(id, { act: 'pause', by });
    return this.#shown(id, asker);
  }

  /** @throws AppError `operation_not_found`, and what the admission throws */
  async checkReach(id: string, admit: Admission): Promise<void> {
    await readOperation(this.#store, id);
    admit(await clustersOf(this.#store, await targetOf(this.#store, id)));
  }

  /** @throws AppError `operation_not_found`, `operation_ended` */
  async resume(id: string, by: string, asker: Asker = {}): Promise<Operation> {
    await this.#engine.command(id, { act: 'resume', by });
    return this.#shown(id, asker);
  }

  /** @throws AppError `operation_not_found`, `operation_ended` */
  async promote(id: string, by: string, asker: Asker = {}): Promise<Operation> {
    await this.#engine.command(id, { act: 'promote', by });
    return this.#shown(id, asker);
  }

  /** @throws AppError `operation_not_found`, `operation_ended` */
  async cancel(id: string, by: string, { now, ...asker }: Asker & { now: boolean }): Promise<Operation> {
    await this.#engine.command(id, { act: 'cancel', by, now });
    return this.#shown(id, asker);
  }

  /** @throws AppError `operation_not_found`, `operation_ended`, `host_not_found`, `host_taken` */
  async skip(id: string, address: string, by: string, asker: Asker = {}): Promise<Operation> {
    await this.#engine.command(id, { act: 'skip', by, host: address });
    return this.#shown(id, asker);
  }

  /**
   * Begins the operation anew over the hosts it did not get done: failed, unreachable, or not begun.
   *
   * @throws AppError `operation_not_found`, `target_empty` when there is none, `operation_running`
   */
  async retry(id: string, by: string, queue: Queue = {}): Promise<Started> {
    return this.#again({ id, requestedBy: by, ...queue }, (state) => state !== 'succeeded' && state !== 'skipped');
  }

  /** Begins the operation anew over all its hosts. @throws AppError `operation_not_found`, `operation_running` */
  async rerun(id: string, by: string, queue: Queue = {}): Promise<Started> {
    return this.#again({ id, requestedBy: by, ...queue }, () => true);
  }

  async #again({ id, insight, ...request }: Again, wanted: (state: HostState) => boolean): Promise<Started> {
    const { operation, hosts } = await readState(this.#store, id);
    if (operation.finished_at === '') throw stillRunning(operation);
    const addresses = [...hosts.values()].filter(({ state }) => wanted(state)).map(({ address }) => address);
    if (addresses.length === 0) throw emptyTarget(`the operation ${id} has no host that is left to be done`);
    const { kind, parameters, strategy } = operation;
    const target = `host:${foldNodeSet(addresses)}`;
    const start = { ...request, kind, parameters, strategy, target, cluster: '' };
    return toldTo(insight, () => this.#engine.start(start, async () => addresses));
  }

  async #shown(id: string, { insight }: Asker): Promise<Operation> {
    return shownOperation(await readOperation(this.#store, id), insight);
  }

  /**
   * Newest first, unless the selection says otherwise. A page of all of them reads no others, and neither does one of a kind,
   * a cluster or a status, or of what somebody may see; other conditions and orders read what is left after those.
   * Conditions are about what is shown: by them nobody finds out about what is not.
   */
  async select(selection: Selection, seen: Seen = {}): Promise<Page> {
    const { filters, sort, reverse, offset, limit } = selection;
    if (seen.isVisible === undefined && filters.length === 0 && sort.length === 0) {
      const range = { offset, reverse: !reverse, ...(limit === undefined ? {} : { limit }) };
      return { records: this.#list(range, seen), total: await this.#store.count(operationRecords) };
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

  /** Where the last change left the operations and how they stand. */
  revision(): Promise<number> {
    return revisionOfOperations(this.#store);
  }

  async *#list(range: ListRange, { isVisible = () => true, insight }: Seen): AsyncGenerator<Operation> {
    for await (const { value } of this.#store.list(operationRecords, range)) {
      if (!isVisible(scopeOf(value))) continue;
      const operation = await withStanding(this.#store, value);
      if (operation !== undefined) yield await shownOperation(operation, insight);
    }
  }

  /** Of those that were found a moment ago; what was removed since is left out. */
  async *#each(ids: readonly string[], { insight }: Seen): AsyncGenerator<Operation> {
    for (const id of ids) {
      const operation = await findOperation(this.#store, id);
      if (operation !== undefined) yield await shownOperation(operation, insight);
    }
  }

  /** The clusters an operation is about; undefined for what is in none. @throws AppError `operation_not_found` */
  async scopeOf(id: string): Promise<readonly (string | undefined)[]> {
    return scopeOf(await readOperation(this.#store, id));
  }

  /** @throws AppError `operation_not_found` */
  async get(id: string, asker: Asker = {}): Promise<OperationDetail> {
    const { operation, hosts } = await this.#look(id, asker);
    return { ...operation, results: Array.from(hosts.values(), shownHost) };
  }

  /**
   * The same in JSON, and how many hosts the selection lets through.
   *
   * @param selection of the hosts, by what is shown of them; all of them without it
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

  /** As it is on disk. */
  async #state(id: string): Promise<OperationState> {
    return this.#engine.writtenState(id) ?? readState(this.#store, id);
  }

  /** @throws AppError `operation_not_found`, `host_not_found` when the host is not part of it */
  async log(id: string, address: string, offset: number): Promise<OutputSlice> {
    const slice = await readOutput(this.#store, id, address, offset);
    await checkStillThere(this.#store, id);
    if (slice !== undefined) return slice;
    throw new AppError('host_not_found', `the operation ${id} has no host ${address}`, {
      hint: `list its hosts with \`commctl operation show ${id}\``,
    });
  }

  /**
   * What was decided, begun and found, oldest first: the decisions of the engine, what was commanded and by whom, each
   * intent and each outcome. What the machines printed is in their logs.
   *
   * @throws AppError `operation_not_found`
   */
  async journal(id: string, { after, limit, insight }: JournalQuery): Promise<NumberedEntry[]> {
    const range = { prefix: `${id}/`, limit, ...(after === undefined ? {} : { after: journalKey(id, after) }) };
    const entries = await Array.fromAsync(this.#store.list(journalEntries, range), async ({ key, value }) => ({
      sequence: Number(key.slice(id.length + 1)),
      ...(await entryShownTo(insight, value)),
    }));
    await checkStillThere(this.#store, id);
    return entries;
  }

  /** How many are under way, of one kind or of all. */
  async running(kind?: string): Promise<number> {
    let count = 0;
    for await (const { key } of this.#store.list(runningRecords)) {
      if (kind === undefined || (await readOperation(this.#store, key)).kind === kind) count += 1;
    }
    return count;
  }

  /** The machines with what they printed, those alike as one. @throws AppError `operation_not_found` */
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

async function entryShownTo(insight: Insight | undefined, entry: JournalEntry): Promise<JournalEntry> {
  if (entry.type !== 'waiting') return entry;
  return { ...entry, waiting_for: await waitingShownTo(insight, entry.waiting_for) };
}

/** An operation that is in the way is named to those who may see it. */
async function toldTo<T>(insight: Insight | undefined, begin: () => Promise<T>): Promise<T> {
  try {
    return await begin();
  } catch (error) {
    if (!(error instanceof Obstructed) || insight === undefined) throw error;
    throw (await insight.seesOperation(error.obstacle.operation)) ? error : error.withoutNames();
  }
}

async function hostsOf(reader: Reader, target: string): Promise<string[]> {
  const addresses = await resolveTarget(reader, parseTarget(target));
  if (addresses.length > 0) return addresses;
  throw emptyTarget(`no host is described by "${target}"`);
}

function emptyTarget(message: string): AppError {
  return new AppError('target_empty', message, { hint: 'look at `commctl host list` for what there is' });
}

function stillRunning({ id, status }: Operation): AppError {
  return new AppError('operation_running', `the operation ${id} is ${status}`, {
    hint: `wait for it with \`commctl operation wait ${id}\`, or cancel it`,
    details: { operation: id },
  });
}
