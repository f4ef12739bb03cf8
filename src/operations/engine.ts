import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { SessionPool } from '../ssh/pool.ts';
import type { Target } from '../ssh/session.ts';
import type { Store, Transaction } from '../store/contract.ts';
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
}

export interface Started {
  operation: Operation;
  /** False when the same operation was running already and nothing was started. */
  fresh: boolean;
}

/** Pause before an operation whose journal could not be written is taken up again. */
const journalRetryMs = 10_000;

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
    const { store, clock, logger } = this.#options;
    for (let again = resumed; !this.#stopping.signal.aborted; again = true) {
      try {
        const journal = await Journal.open(store, clock, id);
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
    if (kind === undefined) throw new Error(`operation ${operation.id} has the unknown kind ${operation.kind}`);
    const batches = batchesOf([...journal.state.hosts.keys()], operation.strategy);
    for (const [index, addresses] of batches.entries()) {
      const stopped = budgetReached(failuresIn(journal), operation.strategy);
      const open = addresses.filter((address) => isOpen(journal, address, stopped));
      if (open.length === 0) continue;
      await journal.append({ type: 'batch_opened', batch: index + 1, hosts: open });
      await Promise.all(open.map((address) => this.#runHost(journal, kind, address)));
      this.#stopping.signal.throwIfAborted();
    }
    await this.#conclude(journal);
  }

  #runHost(journal: Journal, kind: Kind, address: string): Promise<void> {
    const { clock, pool, target, logger } = this.#options;
    return new HostRun({ journal, kind, address, clock, pool, target, logger, signal: this.#stopping.signal }).run();
  }

  async #conclude(journal: Journal): Promise<void> {
    const { hosts, operation } = journal.state;
    const failures = failuresIn(journal);
    if (!budgetReached(failures, operation.strategy)) {
      await journal.append({ type: 'operation_ended', status: 'finished', reason: '' });
      return;
    }
    const reason = `${failures} of ${hosts.size} hosts failed, and max_failures is ${operation.strategy.max_failures}`;
    const untouched = [...hosts.values()].filter(({ state }) => state === 'pending');
    const error = { code: 'not_started', message: `not started: ${reason}` };
    await Promise.all([
      journal.append({ type: 'budget_reached', failures }),
      ...untouched.map(({ address }) =>
        journal.append({ type: 'host_ended', host: address, state: 'cancelled', exit_code: null, error }),
      ),
      journal.append({ type: 'operation_ended', status: 'failed', reason }),
    ]);
  }
}

function failuresIn({ state: { operation } }: Journal): number {
  return failureStates.reduce((sum, state) => sum + (operation.counts[state] ?? 0), 0);
}

/** Whether the host still has to be taken: once the budget is reached only what is in flight already. */
function isOpen(journal: Journal, address: string, stopped: boolean): boolean {
  const state = journal.state.hosts.get(address)?.state ?? 'cancelled';
  return stopped ? state === 'running' : !isFinal(state);
}
