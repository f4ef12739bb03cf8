import { hostsetOf } from '../inventory/known-clusters.ts';
import { clustersOf } from '../inventory/membership.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { foldNodeSet } from '../lib/node-set.ts';
import type { Reader, Store } from '../store/contract.ts';
import type { Engine } from './engine.ts';
import { jumpHostsIn, shownOperation } from './fold.ts';
import { checkGates } from './gate-check.ts';
import type { Asker, Insight } from './insight.ts';
import { clustersByHost } from './look.ts';
import { Obstructed } from './obstacle.ts';
import type { HostState, Operation } from './operation.ts';
import { ordered } from './order.ts';
import { type Plan, planOf } from './plan.ts';
import { defaultRebootTimeout, rebootTimeouts } from './reboot-timeouts.ts';
import { readOperation, readState, targetOf } from './records.ts';
import type { Admission, Started } from './start.ts';
import { completed, type Strategy } from './strategy.ts';
import { checkStrategy } from './strategy-check.ts';
import { parseTarget } from './targets/parse.ts';
import { resolveTarget } from './targets/resolve.ts';
import type { ClusterKind } from './v0-record.ts';

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

/** Whether to wait for machines that another operation has, instead of being refused, and whether it may start. */
export type Queue = Pick<OperationRequest, 'wait' | 'admit' | 'insight'>;

interface Again extends Queue {
  id: string;
  requestedBy: string;
}

/** Operations, as callers start and command them. */
export class Operations {
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #clock: Clock;

  constructor(store: Store, engine: Engine, clock: Clock) {
    this.#store = store;
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

  /** What `start` would do, without working on a machine or writing anything. @throws what `start` throws */
  async plan(request: OperationRequest): Promise<Plan> {
    const { kind } = request;
    const parameters = this.#engine.checkParameters(kind, request.parameters);
    const strategy = checkStrategy(completed(request.strategy ?? {}));
    const hosts = await hostsOf(this.#store, request.target);
    const clusters = await clustersByHost(this.#store, hosts);
    request.admit?.([...clusters.values()]);
    const addresses = await ordered(this.#store, hosts, strategy);
    await checkGates(this.#store, strategy, addresses, this.#engine.httpGates);
    const disruptions = this.#engine.disruptionsOf(kind, parameters);
    const jumpHosts = await this.#engine.jumpHosts(addresses);
    const takesAway = this.#engine.takesAway(kind, strategy);
    // A label that no start would take.
    if (takesAway)
      await rebootTimeouts(this.#store, { addresses, clusters, strategy, otherwise: defaultRebootTimeout });
    const { insight } = request;
    const now = this.#clock.now();
    const { ways } = this.#engine;
    return planOf(this.#store, { addresses, strategy, now, jumpHosts, takesAway, ways, disruptions, insight });
  }

  /** The plan of a running or ended operation. @throws AppError `operation_not_found` */
  async planOf(id: string, { insight }: Asker = {}): Promise<Plan> {
    const state = await readState(this.#store, id);
    const { strategy, kind, parameters } = state.operation;
    const addresses = [...state.hosts.keys()];
    const disruptions = this.#engine.disruptionsOf(kind, parameters);
    const takesAway = this.#engine.takesAway(kind, strategy);
    const jumpHosts = jumpHostsIn(state);
    const known = { jumpHosts, takesAway, ways: this.#engine.ways, disruptions, insight };
    return planOf(this.#store, { addresses, strategy, now: this.#clock.now(), self: id, ...known });
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
   * Starts the operation again over the hosts that did not succeed: failed, unreachable, or not started.
   *
   * @throws AppError `operation_not_found`, `target_empty` when there are none, `operation_running`
   */
  async retry(id: string, by: string, queue: Queue = {}): Promise<Started> {
    return this.#again({ id, requestedBy: by, ...queue }, (state) => state !== 'succeeded' && state !== 'skipped');
  }

  /** Starts the operation again over all its hosts. @throws AppError `operation_not_found`, `operation_running` */
  async rerun(id: string, by: string, queue: Queue = {}): Promise<Started> {
    return this.#again({ id, requestedBy: by, ...queue }, () => true);
  }

  async #again({ id, insight, ...request }: Again, wanted: (state: HostState) => boolean): Promise<Started> {
    const { operation, hosts } = await readState(this.#store, id);
    if (operation.finished_at === '') throw stillRunning(operation);
    const addresses = [...hosts.values()].filter(({ state }) => wanted(state)).map(({ address }) => address);
    if (addresses.length === 0)
      throw emptyTarget(`the operation #${operation.number} has no host that is left to be done`);
    const { kind, parameters, strategy } = operation;
    const target = `host:${foldNodeSet(addresses)}`;
    const start = { ...request, kind, parameters, strategy, target, cluster: '' };
    return toldTo(insight, () => this.#engine.start(start, async () => addresses));
  }

  async #shown(id: string, { insight }: Asker): Promise<Operation> {
    return shownOperation(await readOperation(this.#store, id), insight);
  }
}

/** Names the operation that has the lock only to callers who may see it. */
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

function stillRunning({ id, number, status }: Operation): AppError {
  return new AppError('operation_running', `the operation #${number} is ${status}`, {
    hint: `wait for it with \`commctl operation wait ${number}\`, or cancel it`,
    details: { operation: id },
  });
}
