import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { SessionPool } from '../ssh/pool.ts';
import type { Target } from '../ssh/session.ts';
import type { Store, Transaction } from '../store/contract.ts';
import type { HostOutcome, NewEntry } from './entry.ts';
import { HostRun } from './host-run.ts';
import { Journal } from './journal.ts';
import type { Kind } from './kind.ts';
import { failureStates, isFinal, type Operation } from './operation.ts';
import { runningRecords } from './records.ts';
import { openRecord, type StartRequest } from './start.ts';
import { batchesOf, budgetReached } from './strategy.ts';

export interface EngineOptions {
  store: Store;
  clock: Clock;
  newId: IdSource;
  kinds: readonly Kind[];
  pool: SessionPool;
  /** How to reach a host. @throws AppError `host_not_found`, `credentials_not_found` */
  target: (address: string) => Promise<Target>;
  logger: Logger;
  /** Pause before an operation whose journal could not be written is taken up again. Default 10 s. */
  journalRetryMs?: number;
  /** Bytes kept of what one machine prints in one operation. Default 64 MiB. */
  keptOutputBytes?: number;
}

export interface Started {
  operation: Operation;
  /** False when the same operation was running already and nothing was started. */
  fresh: boolean;
}

const defaultJournalRetryMs = 10_000;

/**
 * Runs operations over hosts, batch by batch, and takes up those an earlier server left. It knows nothing of what is
 * done on a host (that is the kind's) and keeps nothing that is not in the journal.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #stopping = new AbortController();
  readonly #runs = new Map<string, Promise<void>>();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#kinds = new Map(options.kinds.map((kind) => [kind.name, kind]));
  }

  /**
   * Writes the operation down and begins with it. Resolves as soon as it is on disk.
   *
   * @param resolveHosts reads the target's hosts inside the transaction that freezes them
   * @throws AppError `operation_running`, and what `resolveHosts` throws
   */
  async start(request: StartRequest, resolveHosts: (tx: Transaction) => Promise<readonly string[]>): Promise<Started> {
    this.#stopping.signal.throwIfAborted();
    if (!this.#kinds.has(request.kind)) throw new Error(`there is no kind of operation called ${request.kind}`);
    const { store, clock, newId } = this.#options;
    const id = newId();
    const started = await store.transact(async (tx) => openRecord(tx, id, clock, request, await resolveHosts(tx)));
    if (started.fresh) this.#begin(id, false);
    return started;
  }

  /** Takes up every operation that has not ended. To be called once, before anything is started. */
  async resume(): Promise<number> {
    const running = await Array.fromAsync(this.#options.store.list(runningRecords), ({ key }) => key);
    for (const id of running) this.#begin(id, true);
    return running.length;
  }

  /** Resolves when the operation is not at work here any more: it has ended, or the server stops. */
  async released(id: string): Promise<void> {
    await this.#runs.get(id);
  }

  /** Lets go of all hosts as they are: what was in flight is judged by the next server. */
  async stop(): Promise<void> {
    this.#stopping.abort(new AppError('shutting_down', 'the server is stopping'));
    await Promise.all(this.#runs.values());
  }

  #begin(id: string, resumed: boolean): void {
    if (this.#runs.has(id)) return;
    const run = this.#runToEnd(id, resumed).finally(() => this.#runs.delete(id));
    this.#runs.set(id, run);
  }

  async #runToEnd(id: string, resumed: boolean): Promise<void> {
    const { store, clock, logger, keptOutputBytes, journalRetryMs = defaultJournalRetryMs } = this.#options;
    const options = { store, clock, ...(keptOutputBytes === undefined ? {} : { keptOutputBytes }) };
    for (let again = resumed; !this.#stopping.signal.aborted; again = true) {
      try {
        const journal = await Journal.open(options, id);
        if (again) await journal.append({ type: 'operation_resumed' });
        await this.#run(journal);
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

  async #run(journal: Journal): Promise<void> {
    const { operation } = journal.state;
    const kind = this.#kinds.get(operation.kind);
    if (kind === undefined) return abandon(journal, `this server knows no kind of operation called ${operation.kind}`);
    const batches = batchesOf([...journal.state.hosts.keys()], operation.strategy);
    for (const [index, addresses] of batches.entries()) await this.#runBatch(journal, kind, index + 1, addresses);
    await conclude(journal);
  }

  /** Resolves when every host of the batch has let go of its machine, whatever happened to the others. */
  async #runBatch(journal: Journal, kind: Kind, batch: number, addresses: readonly string[]): Promise<void> {
    const { clock, pool, target, logger } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, journal.lost]);
    const runOf = (address: string) => new HostRun({ journal, kind, address, clock, pool, target, logger, signal });
    const stopped = budgetReached(failuresIn(journal), journal.state.operation.strategy);
    const open = addresses.filter((address) => isOpen(journal, address, stopped));
    const untidy = addresses.filter((address) => journal.state.hosts.get(address)?.untidy);
    if (open.length > 0) await journal.append({ type: 'batch_opened', batch, hosts: open });
    const results = await Promise.allSettled([
      ...untidy.map((address) => runOf(address).tidyUp()),
      ...open.map((address) => runOf(address).run()),
    ]);
    signal.throwIfAborted();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

function conclude(journal: Journal): Promise<void> {
  const { hosts, operation } = journal.state;
  const failures = failuresIn(journal);
  if (!budgetReached(failures, operation.strategy)) {
    return journal.append({ type: 'operation_ended', status: 'finished', reason: '' });
  }
  const reason = `${failures} of ${hosts.size} hosts failed, and max_failures is ${operation.strategy.max_failures}`;
  return journal.append({ type: 'budget_reached', failures }, ...cancellations(journal, reason), {
    type: 'operation_ended',
    status: 'failed',
    reason,
  });
}

/** Ends an operation that this server cannot go on with. What was in flight stays unknown. */
function abandon(journal: Journal, reason: string): Promise<void> {
  const running = [...journal.state.hosts.values()].filter(({ state }) => state === 'running');
  const error = { code: 'outcome_unknown', message: `not judged: ${reason}` };
  return journal.append(
    ...running.map(({ address }) => hostEnded(address, { state: 'failed', exit_code: null, error })),
    ...cancellations(journal, reason),
    { type: 'operation_ended', status: 'failed', reason },
  );
}

/** For the hosts that were not begun with. */
function cancellations({ state: { hosts } }: Journal, reason: string): NewEntry[] {
  const untouched = [...hosts.values()].filter(({ state }) => state === 'pending');
  const error = { code: 'not_started', message: `not started: ${reason}` };
  return untouched.map(({ address }) => hostEnded(address, { state: 'cancelled', exit_code: null, error }));
}

function hostEnded(host: string, outcome: HostOutcome): NewEntry {
  return { type: 'host_ended', host, ...outcome, untidy: false };
}

function failuresIn({ state: { operation } }: Journal): number {
  return failureStates.reduce((sum, state) => sum + (operation.counts[state] ?? 0), 0);
}

/** Whether the host still has to be taken: once the budget is reached only what is in flight already. */
function isOpen(journal: Journal, address: string, stopped: boolean): boolean {
  const state = journal.state.hosts.get(address)?.state ?? 'cancelled';
  return stopped ? state === 'running' : !isFinal(state);
}
