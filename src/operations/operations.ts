import { findCluster } from '../inventory/clusters.ts';
import { AppError } from '../lib/errors.ts';
import type { Store } from '../store/contract.ts';
import type { Engine, Started } from './engine.ts';
import { shownHost } from './fold.ts';
import type { Operation, OperationDetail } from './operation.ts';
import { type OutputSlice, readOutput } from './output.ts';
import { latestKey, latestRecords, operationRecords, readOperation, readState, runningRecords } from './records.ts';
import { defaultStrategy, type Strategy } from './strategy.ts';
import { type ClusterKind, v0Record } from './v0-record.ts';

export interface ClusterRequest {
  kind: ClusterKind;
  cluster: string;
  parameters: Record<string, unknown>;
  strategy?: Partial<Strategy>;
  requestedBy: string;
}

export interface OperationQuery {
  cluster?: string;
  limit: number;
}

/** Operations, for those who start them and those who look. */
export class Operations {
  readonly #store: Store;
  readonly #engine: Engine;

  constructor(store: Store, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
  }

  /** @throws AppError `cluster_not_found`, `operation_running` */
  async startOnCluster(request: ClusterRequest): Promise<Started> {
    const { kind, cluster, parameters, requestedBy } = request;
    const strategy = { ...defaultStrategy, ...request.strategy };
    return this.#engine.start(
      { kind, parameters, cluster, strategy, requestedBy },
      async (tx) => (await findCluster(tx, cluster)).hostset,
    );
  }

  /** Newest first. */
  async list({ cluster, limit }: OperationQuery): Promise<Operation[]> {
    const found: Operation[] = [];
    for await (const { value } of this.#store.list(operationRecords, { reverse: true })) {
      if (cluster !== undefined && value.cluster !== cluster) continue;
      found.push(value);
      if (found.length >= limit) break;
    }
    return found;
  }

  /** @throws AppError `operation_not_found` */
  async get(id: string): Promise<OperationDetail> {
    const { operation, hosts } = await readState(this.#store, id);
    return { ...operation, results: Array.from(hosts.values(), shownHost) };
  }

  /** @throws AppError `operation_not_found`, `host_not_found` when the host is not part of it */
  async log(id: string, address: string, offset: number): Promise<OutputSlice> {
    await readOperation(this.#store, id);
    const slice = await readOutput(this.#store, id, address, offset);
    if (slice !== undefined) return slice;
    throw new AppError('host_not_found', `the operation ${id} has no host ${address}`, {
      hint: `list its hosts with \`commctl operation show ${id}\``,
    });
  }

  /** How many are under way, of one kind or of all. */
  async running(kind?: string): Promise<number> {
    let count = 0;
    for await (const { key } of this.#store.list(runningRecords)) {
      if (kind === undefined || (await readOperation(this.#store, key)).kind === kind) count += 1;
    }
    return count;
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
