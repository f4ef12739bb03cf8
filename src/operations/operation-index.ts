import { isGlob } from '../lib/glob.ts';
import { Pace } from '../lib/pace.ts';
import { type Filter, matcherOf } from '../lib/selection.ts';
import { type Collection, type ListRange, records, type Store, type Transaction } from '../store/contract.ts';
import type { OperationRecord } from './fold.ts';
import { numberKey, numberRecords } from './numbers.ts';
import { outcomeOf } from './outcome.ts';
import { progressRecords, runningRecords, statusOf } from './records.ts';
import { scopeOf } from './scope.ts';

type Scope = Pick<OperationRecord, 'cluster' | 'clusters'>;

/** By `kind/id`: the clusters the operation is about, which decide who may see it. */
export const operationsByKind = records<Scope>('operations-by-kind');
/** By `cluster/id`; the cluster is empty when the target is an expression. */
export const operationsByCluster = records<true>('operations-by-cluster');
/** By `status/id`: the operations that have ended. The status of the others changes, and they are few. */
export const operationsByStatus = records<true>('operations-by-status');
/** By id: the operations that are not automatic. */
export const askedOperations = records<true>('operations-asked-for');
/** From earlier builds: whether the index has operations of any age. One key, `all`. */
export const operationsIndexed = records<true>('operations-indexed');

/** Puts a new operation into the index. */
export function indexOperation(
  tx: Transaction,
  { id, kind, cluster, clusters, automatic }: Scope & Pick<OperationRecord, 'id' | 'kind' | 'automatic'>,
): void {
  tx.put(operationsByKind, keyOf(kind, id), clusters === undefined ? { cluster } : { cluster, clusters });
  tx.put(operationsByCluster, keyOf(cluster, id), true);
  if (!automatic) tx.put(askedOperations, id, true);
}

/** Adds an operation that has just ended to the index by status. */
export function indexEnd(tx: Transaction, { id, status }: Pick<OperationRecord, 'id' | 'status'>): void {
  tx.put(operationsByStatus, keyOf(status, id), true);
}

/** Removes an operation from the index. */
export function unindexOperation(
  tx: Transaction,
  { id, kind, cluster, status }: Pick<OperationRecord, 'id' | 'kind' | 'cluster' | 'status'>,
): void {
  tx.delete(operationsByKind, keyOf(kind, id));
  tx.delete(operationsByCluster, keyOf(cluster, id));
  tx.delete(operationsByStatus, keyOf(status, id));
  tx.delete(askedOperations, id);
}

/** The conditions and operations that remain after the index was used. */
export interface Narrowed {
  /** Newest first. */
  ids: string[];
  /** The conditions that the index cannot answer. */
  filters: readonly Filter[];
}

/**
 * The operations of a kind, of a cluster, of a status, of an outcome, with a number, and those that are not automatic. A
 * record may hold a script or a file, and there are very many: the index answers these conditions without reading
 * records.
 */
export class OperationIndex {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The operations that meet the conditions on kind, cluster, status, outcome, number and on whether they are automatic,
   * as far as the caller may see them. Undefined when that would be all of them.
   */
  async narrow(
    filters: readonly Filter[],
    isVisible: ((scope: readonly (string | undefined)[]) => boolean) | undefined,
  ): Promise<Narrowed | undefined> {
    const about = (member: string) =>
      filters.filter(({ field }) => field.path.length === 1 && field.path[0] === member);
    const named = [about('kind'), about('cluster'), about('status'), about('outcome'), about('automatic')] as const;
    const [kind, cluster, status, outcome, automatic] = named;
    const number = about('number').filter(({ condition }) => condition.is === 'equal');
    const answered = new Set(named.flat());
    if (answered.size + number.length === 0 && isVisible === undefined) return undefined;
    const found: Array<ReadonlySet<string>> = [];
    for (const { condition } of number) found.push(await this.#ofNumber(condition));
    if (cluster.length > 0) found.push(await this.#ids(operationsByCluster, 'cluster', cluster));
    if (status.length > 0) found.push(await this.#ofStatus(status));
    if (outcome.length > 0) found.push(await this.#ofOutcome(outcome));
    if (kind.length > 0 || isVisible !== undefined || found.length === 0) {
      found.push(await this.#ids(operationsByKind, 'kind', kind, (scope) => isVisible?.(scopeOf(scope)) !== false));
    }
    const [first = new Set<string>(), ...others] = found.toSorted((one, other) => one.size - other.size);
    const ids = [...first].filter((id) => others.every((set) => set.has(id))).toSorted();
    const wanted = automatic.length === 0 ? ids : await this.#among(ids, matcherOf(automatic));
    return { ids: wanted.toReversed(), filters: filters.filter((filter) => !answered.has(filter)) };
  }

  async #ofNumber(condition: Filter['condition']): Promise<Set<string>> {
    const number = condition.is === 'equal' ? Number(condition.text) : Number.NaN;
    const found = Number.isSafeInteger(number) ? await this.#store.get(numberRecords, numberKey(number)) : undefined;
    return new Set(found === undefined ? [] : [found.value.operation]);
  }

  /**
   * A page of the operations that are not automatic, newest first, and their number: without reading the others, which
   * may be most of them.
   */
  async asked(range: ListRange): Promise<{ ids: string[]; total: number }> {
    const ids = await Array.fromAsync(this.#store.list(askedOperations, range), ({ key }) => key);
    return { ids, total: await this.#store.count(askedOperations) };
  }

  /** Those of the operations that are automatic, or that are not. */
  async #among(ids: readonly string[], holds: (record: object) => boolean): Promise<string[]> {
    const pace = new Pace();
    const wanted: string[] = [];
    for (const id of ids) {
      if (pace.isDue) await pace.rest();
      if (holds({ automatic: (await this.#store.get(askedOperations, id)) === undefined })) wanted.push(id);
    }
    return wanted;
  }

  /** An operation that ends meanwhile is found with its old or its new status. */
  async #ofStatus(filters: readonly Filter[]): Promise<Set<string>> {
    const found = new Set<string>();
    const holds = matcherOf(filters);
    for await (const { key: id } of this.#store.list(runningRecords)) {
      if (holds({ status: await statusOf(this.#store, id) })) found.add(id);
    }
    for (const id of await this.#ids(operationsByStatus, 'status', filters)) found.add(id);
    return found;
  }

  /** How an operation stands is a small record. */
  async #ofOutcome(filters: readonly Filter[]): Promise<Set<string>> {
    const found = new Set<string>();
    const holds = matcherOf(filters);
    for await (const { key: id, value } of this.#store.list(progressRecords)) {
      if (holds({ outcome: outcomeOf(value) })) found.add(id);
    }
    return found;
  }

  /** The ids in one part of the index. When conditions name their values, only the entries of those values are read. */
  async #ids<T>(
    part: Collection<T>,
    member: string,
    filters: readonly Filter[],
    isWanted: (value: T) => boolean = () => true,
  ): Promise<Set<string>> {
    const holds = matcherOf(filters);
    const found = new Set<string>();
    for (const prefix of prefixesOf(filters)) {
      for await (const { key, value } of this.#store.list(part, { prefix })) {
        const [about, id] = partsOf(key);
        if (holds({ [member]: about }) && isWanted(value)) found.add(id);
      }
    }
    return found;
  }
}

/** The key prefixes that can meet all of the conditions. */
function prefixesOf(filters: readonly Filter[]): string[] {
  const named = filters.map(({ condition }) => {
    if (condition.is === 'equal') return [condition.text];
    return condition.is === 'in' ? condition.globs : undefined;
  });
  const fewest = named
    .filter((values) => values?.every(isPlain))
    .toSorted((a, b) => (a?.length ?? 0) - (b?.length ?? 0))[0];
  return fewest === undefined ? [''] : [...new Set(fewest)].map((value) => keyOf(value, ''));
}

/** Whether a value is literal and can be the prefix of a key. */
function isPlain(value: string): boolean {
  return !isGlob(value) && /^[\w-]{0,255}$/.test(value);
}

function keyOf(value: string, id: string): string {
  return `${value}/${id}`;
}

/** An id has no slash. */
function partsOf(key: string): [about: string, id: string] {
  const slash = key.lastIndexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
