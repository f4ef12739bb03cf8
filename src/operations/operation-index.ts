import { isGlob } from '../lib/glob.ts';
import { type Filter, matcherOf } from '../lib/selection.ts';
import { type Collection, records, type Store, type Transaction } from '../store/contract.ts';
import type { OperationRecord } from './fold.ts';
import { runningRecords, statusOf } from './records.ts';
import { scopeOf } from './scope.ts';

type Scope = Pick<OperationRecord, 'cluster' | 'clusters'>;

/** By `kind/id`: the clusters it is about, by which it is told who may see it. */
export const operationsByKind = records<Scope>('operations-by-kind');
/** By `cluster/id`; the cluster is empty when the target is an expression. */
export const operationsByCluster = records<true>('operations-by-cluster');
/** By `status/id`: those that have ended. The status of the others changes, and they are few. */
export const operationsByStatus = records<true>('operations-by-status');
/** Of earlier builds: whether operations of any age are in there. One key, `all`. */
export const operationsIndexed = records<true>('operations-indexed');

/** Puts a new operation into the index. */
export function indexOperation(
  tx: Transaction,
  { id, kind, cluster, clusters }: Scope & Pick<OperationRecord, 'id' | 'kind'>,
): void {
  tx.put(operationsByKind, keyOf(kind, id), clusters === undefined ? { cluster } : { cluster, clusters });
  tx.put(operationsByCluster, keyOf(cluster, id), true);
}

/** Puts an operation that has just ended where those of its status are. */
export function indexEnd(tx: Transaction, { id, status }: Pick<OperationRecord, 'id' | 'status'>): void {
  tx.put(operationsByStatus, keyOf(status, id), true);
}

/** Takes an operation that is removed out of the index. */
export function unindexOperation(
  tx: Transaction,
  { id, kind, cluster, status }: Pick<OperationRecord, 'id' | 'kind' | 'cluster' | 'status'>,
): void {
  tx.delete(operationsByKind, keyOf(kind, id));
  tx.delete(operationsByCluster, keyOf(cluster, id));
  tx.delete(operationsByStatus, keyOf(status, id));
}

/** What is left to be looked at after the index. */
export interface Narrowed {
  /** The newest first. */
  ids: string[];
  /** Those that the index cannot answer. */
  filters: readonly Filter[];
}

/**
 * Which operations there are of a kind, of a cluster and of a status. A record may hold a script or a file, and there are
 * very many: what the index answers is answered without reading one.
 */
export class OperationIndex {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The operations that meet the conditions on kind, cluster and status, as far as somebody may see them. Undefined when
   * that would be all of them.
   */
  async narrow(
    filters: readonly Filter[],
    isVisible: ((scope: readonly (string | undefined)[]) => boolean) | undefined,
  ): Promise<Narrowed | undefined> {
    const about = (member: string) =>
      filters.filter(({ field }) => field.path.length === 1 && field.path[0] === member);
    const [kind, cluster, status] = [about('kind'), about('cluster'), about('status')];
    const found: Array<ReadonlySet<string>> = [];
    if (kind.length + cluster.length + status.length === 0 && isVisible === undefined) return undefined;
    if (kind.length > 0 || isVisible !== undefined) {
      found.push(await this.#ids(operationsByKind, 'kind', kind, (scope) => isVisible?.(scopeOf(scope)) !== false));
    }
    if (cluster.length > 0) found.push(await this.#ids(operationsByCluster, 'cluster', cluster));
    if (status.length > 0) found.push(await this.#ofStatus(status));
    const [first = new Set<string>(), ...others] = found.toSorted((one, other) => one.size - other.size);
    const ids = [...first].filter((id) => others.every((set) => set.has(id))).toSorted();
    const answered = new Set([...kind, ...cluster, ...status]);
    return { ids: ids.toReversed(), filters: filters.filter((filter) => !answered.has(filter)) };
  }

  /** One that ends meanwhile is found as it was before, or as it is then. */
  async #ofStatus(filters: readonly Filter[]): Promise<Set<string>> {
    const found = new Set<string>();
    const holds = matcherOf(filters);
    for await (const { key: id } of this.#store.list(runningRecords)) {
      if (holds({ status: await statusOf(this.#store, id) })) found.add(id);
    }
    for (const id of await this.#ids(operationsByStatus, 'status', filters)) found.add(id);
    return found;
  }

  /** Of one part of the index. Of conditions that name their values only the entries of those are looked at. */
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

/** The beginnings of the keys that can meet all of the conditions. */
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

/** Whether a value stands for itself, and can be the beginning of a key. */
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
