import { hostsetOf } from '../inventory/known-clusters.ts';
import { clustersOf } from '../inventory/membership.ts';
import type { WorkCheck } from '../inventory/taking-away.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { foldNodeSet } from '../lib/node-set.ts';
import type { Reader, Store } from '../store/contract.ts';
import { mostAtOnce } from './at-once.ts';
import { checkNothingRuns } from './at-work.ts';
import type { Engine } from './engine.ts';
import { jumpHostsIn, shownOperation } from './fold.ts';
import { checkGates } from './gate-check.ts';
import type { Asker } from './insight.ts';
import { clustersByHost } from './look.ts';
import { toldTo } from './obstacle.ts';
import type { HostState, Operation } from './operation.ts';
import { ordered } from './order.ts';
import { type Plan, planOf } from './plan.ts';
import { defaultRebootTimeout, rebootTimeouts } from './reboot-timeouts.ts';
import { readOperation, readState, targetOf } from './records.ts';
import type { Admission, Started } from './start.ts';
import { completed, type Strategy } from './strategy.ts';
import { checkStrategy } from './strategy-check.ts';
import { resolveTarget } from './targets/resolve.ts';
import { requestedTarget } from './targets/states.ts';
import type { ClusterKind } from './v0-record.ts';

export interface ClusterRequest extends Asker {
  kind: ClusterKind;
  cluster: string;
  parameters: Record<string, unknown>;
  strategy?: Partial<Strategy>;
  requestedBy: string;
  /** Wait for the cluster when another operation has it, instead of being refused. */
  wait?: boolean;
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

/** An operation on the hosts that another one did not complete, or on all its hosts. */
export type Which = 'retry' | 'rerun';

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
    this.#engine.checkFit(request.kind, strategy);
    const parameters = await this.#engine.freezeParameters(request.kind, request.parameters);
    const start = { ...rest, parameters, strategy, cluster: '' };
    return toldTo(insight, () => this.#engine.start(start, (reader) => hostsOf(reader, request.target)));
  }

  /** What `start` would do, without working on a machine or writing anything. @throws what `start` throws */
  async plan(request: OperationRequest): Promise<Plan> {
    const { kind, strategy: given = {} } = request;
    this.#engine.checkFit(kind, given);
    const parameters = this.#engine.checkParameters(kind, request.parameters);
    return this.#planToStart(request, parameters, completed(given), await hostsOf(this.#store, request.target));
  }

  /** The plan of a running or ended operation. @throws AppError `operation_not_found` */
  async planOf(id: string, { insight }: Asker = {}): Promise<Plan> {
    const state = await readState(this.#store, id);
    const { strategy, target } = state.operation;
    const addresses = [...state.hosts.keys()];
    const known = { ...this.#traitsOf(state.operation), jumpHosts: jumpHostsIn(state), insight };
    return planOf(this.#store, { target, addresses, strategy, now: this.#clock.now(), self: id, ...known });
  }

  /** What `retry` or `rerun` would do. @throws what they throw */
  async planAgain(id: string, which: Which, { insight }: Asker = {}): Promise<Plan> {
    const { operation, addresses, target } = await this.#hostsAgain(id, which);
    const { kind, parameters, strategy } = operation;
    return this.#planToStart(
      { kind, target, ...(insight === undefined ? {} : { insight }) },
      parameters,
      strategy,
      addresses,
    );
  }

  async #planToStart(
    { kind, target, admit, insight }: Pick<OperationRequest, 'kind' | 'target' | 'admit' | 'insight'>,
    parameters: Record<string, unknown>,
    given: Strategy,
    hosts: readonly string[],
  ): Promise<Plan> {
    const strategy = checkStrategy(given);
    const clusters = await clustersByHost(this.#store, hosts);
    admit?.([...clusters.values()], mostAtOnce(clusters.size, strategy));
    const addresses = await ordered(this.#store, hosts, strategy);
    await checkGates(this.#store, strategy, addresses, this.#engine.httpGates);
    const jumpHosts = await this.#engine.jumpHosts(addresses);
    const traits = this.#traitsOf({ kind, parameters, strategy });
    // A label that no start would take.
    if (traits.takesAway)
      await rebootTimeouts(this.#store, { addresses, clusters, strategy, otherwise: defaultRebootTimeout });
    return planOf(this.#store, { target, addresses, strategy, now: this.#clock.now(), jumpHosts, ...traits, insight });
  }

  #traitsOf({ kind, parameters, strategy }: Pick<Operation, 'kind' | 'parameters' | 'strategy'>) {
    return {
      kind,
      takesAway: this.#engine.takesAway(kind, strategy),
      reboots: this.#engine.reboots(kind, strategy),
      disrupts: this.#engine.disrupts(kind, parameters),
      disruptions: this.#engine.disruptionsOf(kind, parameters),
      ways: this.#engine.ways,
    };
  }

  /** @throws AppError `operation_not_found`, `operation_ended` */
  async pause(id: string, by: string, asker: Asker = {}): Promise<Operation> {
    await this.#engine.command(id, { act: 'pause', by });
    return this.#shown(id, asker);
  }

  /** @throws AppError `operation_not_found`, and what the admission throws */
  async checkReach(id: string, admit: Admission): Promise<void> {
    const { strategy } = await readOperation(this.#store, id);
    const clusters = await clustersOf(this.#store, await targetOf(this.#store, id));
    admit(clusters, mostAtOnce(clusters.length, strategy));
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
    return this.#again({ id, requestedBy: by, ...queue }, 'retry');
  }

  /**
   * Makes a change that takes hosts or a cluster away, with a check that refuses it while an operation works on them.
   *
   * @throws AppError `operation_running`, and what the change throws
   */
  unlessRunning<T>({ insight }: Asker, change: (checkWork: WorkCheck) => Promise<T>): Promise<T> {
    return toldTo(insight, () => change(checkNothingRuns));
  }

  /** Starts the operation again over all its hosts. @throws AppError `operation_not_found`, `operation_running` */
  async rerun(id: string, by: string, queue: Queue = {}): Promise<Started> {
    return this.#again({ id, requestedBy: by, ...queue }, 'rerun');
  }

  async #again({ id, insight, ...request }: Again, which: Which): Promise<Started> {
    const { operation, addresses, target } = await this.#hostsAgain(id, which);
    const { kind, parameters, strategy } = operation;
    const start = { ...request, kind, parameters, strategy, target, cluster: '' };
    return toldTo(insight, () => this.#engine.start(start, async () => addresses));
  }

  /** An operation that has ended, and the hosts that a retry or a rerun of it is about. */
  async #hostsAgain(id: string, which: Which) {
    const { operation, hosts } = await readState(this.#store, id);
    if (operation.finished_at === '') throw stillRunning(operation);
    const isWanted = ({ state }: { state: HostState }) =>
      which === 'rerun' || (state !== 'succeeded' && state !== 'skipped');
    const addresses = [...hosts.values()].filter(isWanted).map(({ address }) => address);
    if (addresses.length === 0)
      throw emptyTarget(`the operation #${operation.number} has no host that is left to be done`);
    return { operation, addresses, target: `host:${foldNodeSet(addresses)}` };
  }

  async #shown(id: string, { insight }: Asker): Promise<Operation> {
    return shownOperation(await readOperation(this.#store, id), insight);
  }
}

async function hostsOf(reader: Reader, target: string): Promise<string[]> {
  const addresses = await resolveTarget(reader, requestedTarget(target));
  if (addresses.length > 0) return addresses;
  const [, cluster] = /^\s*cluster:([\w.-]+)\s*$/.exec(target) ?? [];
  throw cluster === undefined
    ? emptyTarget(`no host is described by "${target}"`)
    : emptyTarget(`the cluster ${cluster} has no hosts`, `add some with \`commctl host join ADDRESS ${cluster}\``);
}

function emptyTarget(message: string, hint = 'look at `commctl host list` for what there is'): AppError {
  return new AppError('target_empty', message, { hint });
}

function stillRunning({ id, number, status }: Pick<Operation, 'id' | 'number' | 'status'>): AppError {
  return new AppError('operation_running', `the operation #${number} is ${status}`, {
    hint: `wait for it with \`commctl operation wait ${number}\`, or cancel it`,
    details: { operation: id },
  });
}
