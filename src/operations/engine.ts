import { Value } from '@sinclair/typebox/value';
import { abortable } from '../lib/abortable.ts';
import type { Clock } from '../lib/clock.ts';
import { Deadline } from '../lib/deadline.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import { suggestName } from '../lib/nearest.ts';
import { schemaFault, unknownMember } from '../lib/schema-fault.ts';
import { memberName } from '../lib/schema-form.ts';
import { onlyInScope, presentScope } from '../lib/scope-of-work.ts';
import { noTracer, type Span, type Tracer } from '../lib/tracing.ts';
import type { SessionPool } from '../ssh/pool.ts';
import type { Target } from '../ssh/session.ts';
import type { Leases, Store, Transaction, Written } from '../store/contract.ts';
import { type Limits, pageBound } from '../store/limits.ts';
import { abandon } from './abandonment.ts';
import type { JumpHostsOf } from './batches.ts';
import { type Command, commandRecords, operationOf } from './command.ts';
import { Commands } from './commands.ts';
import type { Disruptions } from './disruptions.ts';
import type { OperationState } from './fold.ts';
import type { NodeReadiness } from './gating.ts';
import type { HandshakeWindow } from './handshake-window.ts';
import { HttpGates, httpGateOfEarlierVersions } from './http-gates.ts';
import { Journal } from './journal.ts';
import type { Kind } from './kind.ts';
import type { LogLimit } from './log-limit.ts';
import type { HostResolver } from './look.ts';
import { Numbers } from './numbers.ts';
import type { Operation } from './operation.ts';
import { endingOf, nameSpan, operationSpan } from './operation-span.ts';
import { defaultRebootTimeout } from './reboot-timeouts.ts';
import { readState, runningRecords } from './records.ts';
import { Run } from './run.ts';
import { retakeInFlight } from './run-machines.ts';
import type { Started, StartRequest } from './start.ts';
import { Starts } from './starts.ts';
import type { Strategy } from './strategy.ts';
import { checkFit } from './strategy-fit.ts';
import { Taking } from './taking.ts';
import { Ways } from './ways.ts';

export interface EngineOptions {
  store: Store;
  leases: Leases;
  clock: Clock;
  newId: IdSource;
  kinds: readonly Kind[];
  pool: SessionPool;
  disruptions: Disruptions;
  /** How to reach a host. @throws AppError `host_not_found`, `credentials_not_found` */
  target: (address: string) => Promise<Target>;
  /** The jump hosts of each host that has some; without it no host has any. */
  jumpHosts?: (addresses: readonly string[]) => Promise<JumpHostsOf>;
  logger: Logger;
  nodes: NodeReadiness;
  /** Seconds that a machine may take to come back from a reboot, when nothing else says so. Default 600. */
  rebootTimeout?: number;
  /** Checks and asks HTTP gates; without it gates may only ask the machines themselves. */
  httpGates?: HttpGates;
  /** Pause before the engine resumes an operation whose journal could not be written. Default 10 s. */
  journalRetryMs?: number;
  /** Pause before a journal write that a full disk refused is tried again. Default 1 s. */
  fullRetryMs?: number;
  /** Bytes kept of what one machine prints in one operation. Default 64 MiB. */
  keptOutputBytes?: number;
  /** The bound for the logs of all operations; without it there is no bound. */
  logLimit?: LogLimit;
  /** What one transaction may hold, if the store takes as much. Default 1,000 operations and 1 MiB. */
  bound?: Limits;
  /** Milliseconds that an operation may take to carry out a command. Default 10 s. */
  patienceMs?: number;
  tracer?: Tracer;
}

const defaultJournalRetryMs = 10_000;

/**
 * Runs operations over hosts, batch by batch, and resumes those of an earlier server. What is done on a host is up to
 * the kind; the engine has no state that is not in the journal.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly httpGates: HttpGates;
  readonly ways = new Ways();
  readonly #stopping = new AbortController();
  readonly #draining = new AbortController();
  readonly #taking: Taking;
  readonly #starts: Starts;
  readonly #runs = new Map<string, Promise<void>>();
  readonly #atWork = new Map<string, Run>();
  readonly #commands: Commands;
  /** One watch for all operations: with ten thousand watches, each would go through what the other operations write. */
  readonly #watch: Disposable;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.httpGates = options.httpGates ?? new HttpGates();
    this.#kinds = new Map(options.kinds.map((kind) => [kind.name, kind]));
    const { store, clock, logger, bound = pageBound } = options;
    const stopping = this.#stopping.signal;
    this.#commands = new Commands({ ...options, stopping });
    this.#watch = store.watch([commandRecords], (written) => this.#hear(written));
    this.#taking = new Taking({ store, bound, stopping });
    this.#starts = new Starts({
      store,
      clock,
      logger,
      bound,
      taking: this.#taking,
      numbers: new Numbers(store),
      httpGates: this.httpGates,
      jumpHosts: (addresses) => this.jumpHosts(addresses),
      takesAway: (kind, strategy) => this.takesAway(kind, strategy),
      rebootTimeout: options.rebootTimeout ?? defaultRebootTimeout,
      stopping,
    });
  }

  /**
   * Stores the operation and starts it. Resolves as soon as the operation is on disk.
   *
   * @param resolveHosts reads the target's hosts, which are then frozen; called again when they changed meanwhile
   * @throws AppError `operation_running`, and what `resolveHosts` throws
   */
  async start(request: StartRequest, resolveHosts: HostResolver): Promise<Started> {
    this.#draining.signal.throwIfAborted();
    const kind = this.#kinds.get(request.kind);
    if (kind === undefined) throw new Error(`there is no kind of operation called ${request.kind}`);
    const id = this.#options.newId();
    const hold = async (tx: Transaction) => kind.hold?.(tx, request.parameters);
    const started = await this.#starts.start(id, request, resolveHosts, hold);
    if (started.fresh) this.#begin(id, false);
    return started;
  }

  /**
   * The parameters as the kind's schema reads them.
   *
   * @throws AppError `invalid_member` naming the kinds that exist, or the invalid parameter
   */
  checkParameters(name: string, parameters: Record<string, unknown>): Record<string, unknown> {
    const kind = this.#kinds.get(name);
    if (kind === undefined || kind.internal === true) {
      const known = [...this.#kinds.values()].filter(({ internal }) => internal !== true).map((known) => known.name);
      throw new AppError('invalid_member', `kind: there is no kind of operation called "${name}"`, {
        hint: suggestName(name, known),
        details: { member: '/kind' },
      });
    }
    const wrong = schemaFault(kind.parameters, parameters) ?? unknownMember(kind.parameters, parameters);
    if (wrong === undefined)
      return Object.fromEntries(Object.entries(Value.Clean(kind.parameters, { ...parameters }) ?? {}));
    const member = `/parameters${wrong.pointer}`;
    const described = `\`commctl explain ${name}\` explains the parameters of ${name}`;
    throw new AppError('invalid_member', `${memberName(member)} ${wrong.problem}`, {
      hint: wrong.hint === undefined ? described : `${wrong.hint} ${described}`,
      details: { member },
    });
  }

  /**
   * The same, with everything that the parameters refer to fixed at its current state. @throws also what `freeze` of
   * the kind throws
   */
  async freezeParameters(name: string, given: Record<string, unknown>): Promise<Record<string, unknown>> {
    const parameters = this.checkParameters(name, given);
    return (await this.#kinds.get(name)?.freeze?.(parameters)) ?? parameters;
  }

  /** Releases what an operation refers to, in the transaction that removes the operation. */
  async letGo(tx: Transaction, { kind, parameters }: Pick<Operation, 'kind' | 'parameters'>): Promise<void> {
    await this.#kinds.get(kind)?.letGo?.(tx, parameters);
  }

  /** Resumes every operation that has not ended. To be called once, before any operation is started. */
  async resume(): Promise<number> {
    await this.#starts.undoAll();
    const running = await Array.fromAsync(this.#options.store.list(runningRecords), ({ key }) => key);
    // Done before any of them goes on: each operation must see the hosts that the others have taken down.
    for (const id of running) await this.#retake(id);
    for (const id of running) this.#begin(id, true);
    return running.length;
  }

  /**
   * Ends every operation that has not ended, without a connection to any machine: the outcome of hosts in flight stays unknown.
   * For a store that was restored, in place of `resume`: machines have moved on, and a judgement would be of another time.
   */
  async endAll(reason: string): Promise<number> {
    const { store, leases } = this.#options;
    await this.#starts.undoAll();
    const running = await Array.fromAsync(store.list(runningRecords), ({ key }) => key);
    for (const id of running) {
      await this.#taking.giveBackPart(await readState(store, id));
      await using lease = await leases.take(`operation/${id}`, this.#stopping.signal);
      const journal = await Journal.open({ ...this.#options, lease, stopping: this.#stopping.signal }, id);
      await abandon(journal, this.#taking, reason);
    }
    return running.length;
  }

  async #retake(id: string): Promise<void> {
    const state = await readState(this.#options.store, id);
    await this.#taking.giveBackPart(state);
    const { kind, parameters, strategy } = state.operation;
    // Such an operation is abandoned, and gives nothing back.
    if (!this.#kinds.has(kind)) return;
    const disruptions = this.disruptionsOf(kind, parameters);
    const { ways } = this;
    retakeInFlight({ disruptions, ways, takesAway: this.takesAway(kind, strategy) }, state);
  }

  /** The jump hosts of each host that has some. */
  async jumpHosts(addresses: readonly string[]): Promise<JumpHostsOf> {
    return (await this.#options.jumpHosts?.(addresses)) ?? new Map();
  }

  /** @throws AppError `invalid_member` for a member of a strategy that the kind does not use */
  checkFit(name: string, given: Partial<Strategy>): void {
    const kind = this.#kinds.get(name);
    if (kind !== undefined) checkFit(kind, given, this.#kinds.values());
  }

  /** When an operation reboots its hosts. */
  reboots(kind: string, strategy: Strategy): Strategy['reboot'] {
    return this.#kinds.get(kind)?.reboots?.(strategy) ?? 'never';
  }

  /** Whether an operation may take a host away for a while, so that the hosts behind it cannot be reached. */
  takesAway(kind: string, strategy: Strategy): boolean {
    return this.#kinds.get(kind)?.takesAway?.(strategy) ?? true;
  }

  /** The budgets that an operation asks before it takes a host; undefined when it takes no host down. */
  disruptionsOf(kind: string, parameters: Record<string, unknown>): Disruptions | undefined {
    return this.disrupts(kind, parameters) ? this.#options.disruptions : undefined;
  }

  /** Whether a host may be down while an operation works on it. */
  disrupts(kind: string, parameters: Record<string, unknown>): boolean {
    return this.#kinds.get(kind)?.disrupts?.(parameters) ?? true;
  }

  /**
   * Gives a command to the server that runs the operation, which carries it out.
   *
   * @throws AppError `operation_not_found`; `operation_ended`; `host_not_found`, `host_taken` for a machine to be
   *   skipped; `conflict` while the journal cannot be written
   */
  command(id: string, command: Command): Promise<void> {
    return this.#commands.give(id, command);
  }

  /** The handshake window of an operation that runs on this server; undefined for any other operation. */
  handshakesOf(id: string): HandshakeWindow | null | undefined {
    return this.#atWork.get(id)?.handshakeWindow;
  }

  /** The state on disk of an operation that runs on this server; undefined for any other operation. */
  writtenState(id: string): OperationState | undefined {
    return this.#atWork.get(id)?.written;
  }

  /** The operations that run on this server, as they are on disk. */
  atWork(): OperationState[] {
    return Array.from(this.#atWork.values(), ({ written }) => written);
  }

  /** Whether an operation that runs on this server waits for disk space. Its record on that disk cannot say so. */
  isHeldUp(id: string): boolean {
    return this.#atWork.get(id)?.isHeldUp ?? false;
  }

  /** Resolves when the operation does not run on this server any more: it has ended, or the server stops. */
  async released(id: string): Promise<void> {
    await this.#runs.get(id);
  }

  /**
   * Starts no operation and takes no machine any more. Resolves when no machine is in flight whose outcome would be lost
   * with this server, or once the time is over, after calling `isOver`.
   */
  async drain(withinMs: number, isOver: () => void): Promise<void> {
    this.#draining.abort(shuttingDown());
    using time = new Deadline(withinMs, shuttingDown);
    const drained = Promise.all([...this.#atWork.values()].map((run) => run.drained()));
    await abortable(drained, time.signal).catch(isOver);
  }

  /** Leaves all hosts as they are: the next server judges those in flight. */
  async stop(): Promise<void> {
    this.#draining.abort(shuttingDown());
    this.#stopping.abort(shuttingDown());
    await this.#taking.idle();
    await Promise.all(this.#runs.values());
    this.#watch[Symbol.dispose]();
  }

  #hear(written: readonly Written[]): void {
    for (const { key } of written) {
      if (key !== undefined) this.#atWork.get(operationOf(key))?.obey();
      else for (const run of this.#atWork.values()) run.obey();
    }
  }

  #begin(id: string, resumed: boolean): void {
    if (this.#runs.has(id)) return;
    // The operation outlives the request that starts it.
    const { tracer = noTracer } = this.#options;
    const span = operationSpan(tracer, id, presentScope()?.span);
    const work = () => this.#runToEnd(id, resumed, span);
    const ended = onlyInScope({ operation: id, span: span.place }, work).finally(() => span.end());
    const run = ended.finally(() => this.#runs.delete(id));
    this.#runs.set(id, run);
  }

  async #runToEnd(id: string, resumed: boolean, span: Span): Promise<void> {
    const { store, leases, logger, clock, journalRetryMs = defaultJournalRetryMs } = this.#options;
    for (let again = resumed; !this.#stopping.signal.aborted; again = true) {
      try {
        await using lease = await leases.take(`operation/${id}`, this.#stopping.signal);
        // Another server may have ended the operation meanwhile.
        if ((await store.get(runningRecords, id)) === undefined)
          return await store.transact(async (tx) => lease.forget(tx), 'journal');
        const journal = await Journal.open({ ...this.#options, lease, stopping: this.#stopping.signal }, id);
        if (again) await journal.append({ type: 'operation_resumed' });
        await this.#run(journal, span);
        return;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        logger.error(
          { operation: id, error: describeError(error) },
          'the operation is interrupted and will be taken up again',
        );
        await clock.sleep(journalRetryMs, this.#stopping.signal).catch(() => undefined);
      }
    }
  }

  async #run(journal: Journal, span: Span): Promise<void> {
    const { operation } = journal.state;
    nameSpan(span, operation);
    const { store, clock, pool, target, logger, nodes, disruptions, tracer = noTracer } = this.#options;
    const kind = this.#kinds.get(operation.kind);
    if (kind === undefined)
      return abandon(journal, this.#taking, `this server knows no kind of operation called ${operation.kind}`);
    const run = new Run({
      store,
      journal,
      kind,
      clock,
      pool,
      target,
      logger,
      tracer,
      gateServices: { nodes, http: operation.gates_checked ? this.httpGates : httpGateOfEarlierVersions },
      disruptions,
      ways: this.ways,
      taking: this.#taking,
      stopping: this.#stopping.signal,
      draining: this.#draining.signal,
    });
    this.#atWork.set(operation.id, run);
    try {
      await run.toEnd();
    } finally {
      this.#atWork.delete(operation.id);
      endingOf(span, journal.state.operation);
    }
  }
}

function shuttingDown(): AppError {
  return new AppError('shutting_down', 'the server is stopping');
}
