import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import { Semaphore } from '../lib/semaphore.ts';
import type { Store, Transaction } from '../store/contract.ts';
import { openBatch } from './batch.ts';
import type { Command } from './command.ts';
import { entriesOf } from './command-entries.ts';
import { conclude } from './conclusion.ts';
import type { Disruptions } from './disruptions.ts';
import type { Control, OperationState } from './fold.ts';
import { type HandshakeWindow, widened } from './handshake-window.ts';
import { notStarted } from './host-endings.ts';
import { HostRun, type HostRunOptions } from './host-run.ts';
import type { Journal } from './journal.ts';
import type { Kind, Step } from './kind.ts';
import { Obedience } from './obedience.ts';
import { type HostState, isFinal } from './operation.ts';
import { RunHindrances } from './run-hindrances.ts';
import { RunLimits } from './run-limits.ts';
import { batchesOf, type Strategy } from './strategy.ts';
import type { Taking } from './taking.ts';
import { waitingForBudget, waitingForLock } from './waiting.ts';

export interface RunOptions extends Pick<HostRunOptions, 'clock' | 'pool' | 'target' | 'logger' | 'asked'> {
  store: Store;
  journal: Journal;
  kind: Kind;
  disruptions: Disruptions;
  taking: Taking;
  /** Fires when the server stops. */
  stopping: AbortSignal;
}

/**
 * One operation under way: takes its machines, batch by batch, as the strategy and its commands allow. All it decides is
 * in the journal, so that another run, after a crash, goes on from there.
 */
export class Run {
  readonly #options: RunOptions;
  readonly #ending = new Map<string, AbortController>();
  readonly #taking = new Semaphore(1);
  readonly #pace = new Pace();
  readonly #disrupts: boolean;
  readonly #steps: readonly Step[];
  #handshakeWindow: HandshakeWindow | null = null;
  readonly #signal: AbortSignal;
  readonly #limits: RunLimits;
  readonly #hindrances: RunHindrances;
  readonly #obedience: Obedience;

  constructor(options: RunOptions) {
    const { store, clock, journal, kind } = options;
    this.#options = options;
    const { parameters } = journal.state.operation;
    this.#disrupts = kind.disrupts?.(parameters) ?? true;
    this.#steps = kind.steps(parameters);
    this.#signal = AbortSignal.any([options.stopping, options.journal.lost]);
    this.#limits = new RunLimits(options);
    this.#hindrances = new RunHindrances({ store, journal, clock, limits: this.#limits, signal: this.#signal });
    this.#obedience = new Obedience({ store, journal, carryOut: this.#carryOut.bind(this) });
  }

  /** Resolves when the operation has ended. Rejects when the server stops or the journal is lost. */
  async toEnd(): Promise<void> {
    const { journal, taking } = this.#options;
    const { hosts } = journal.state;
    await using obedience = this.#obedience;
    obedience.look();
    if (this.#disrupts) retakeInFlight(this.#options.disruptions, journal.state);
    // Before anything else, and whatever was commanded meanwhile: an operation with machines in flight has its locks.
    await this.#finishInFlight();
    if (await this.#takeLocks()) {
      const batches = batchesOf([...hosts.keys()], this.#strategy);
      for (const [index, addresses] of batches.entries()) {
        const isPending = (address: string) => this.#stateOf(address) === 'pending';
        if (!addresses.some(isPending)) continue;
        if (!(await this.#hindrances.mayTakeBatch(index))) break;
        // Looked at again: they may have been skipped while it waited.
        const pending = addresses.filter(isPending);
        if (pending.length === 0) continue;
        await openBatch(journal, taking, index + 1, pending);
        await this.#takeAll(pending);
      }
    }
    await this.#conclude();
  }

  /** There may be a command to the operation. */
  obey(): void {
    this.#obedience.look();
  }

  /** The operation as it is on disk. */
  get written(): OperationState {
    return this.#options.journal.written;
  }

  /** Whether even what became of the machines in flight cannot be written. */
  get isHeldUp(): boolean {
    return this.#options.journal.isHeldUp;
  }

  get handshakeWindow(): HandshakeWindow | null {
    return this.#handshakeWindow;
  }

  get #id(): string {
    return this.#options.journal.state.operation.id;
  }

  get #strategy(): Strategy {
    return this.#options.journal.state.operation.strategy;
  }

  get #control(): Control {
    return this.#options.journal.state.operation.control;
  }

  /**
   * Carries a command out.
   *
   * @throws AppError `operation_ended`, `host_not_found`, `host_taken`
   */
  async #carryOut(command: Command, alongside: (tx: Transaction) => void): Promise<void> {
    const { journal } = this.#options;
    // From here to the append nothing is awaited, in which a machine could be taken.
    await journal.appendAlong(alongside, ...entriesOf(command, journal.state));
    this.#hindrances.wake();
    if (command.act !== 'cancel' || !command.now) return;
    for (const ending of this.#ending.values()) ending.abort(cancelled(command.by));
  }

  /** Waits until no other operation has any of the machines. False when none is to be taken any more. */
  async #takeLocks(): Promise<boolean> {
    const { store, journal, taking } = this.#options;
    // An operation that ends gives its machines back: look again then.
    using _subscription = store.events.subscribe(({ type, action }) => {
      if (type === 'operation' && ['finished', 'failed', 'cancelled'].includes(action)) this.#hindrances.wake();
    });
    while (this.#hindrances.goesOn()) {
      const changed = this.#hindrances.changed;
      const obstacle = await taking.take(journal.state);
      if (obstacle === undefined) {
        await this.#hindrances.waited();
        return true;
      }
      await this.#hindrances.waitFor(waitingForLock(obstacle), changed);
    }
    return false;
  }

  /** What an earlier server had begun: judged all at once. */
  async #finishInFlight(): Promise<void> {
    const records = [...this.#options.journal.state.hosts.values()];
    const untidy = records.filter((record) => record.untidy).map(({ address }) => this.#hostRun(address).tidyUp());
    const running = records
      .filter(({ state }) => state === 'running')
      .map(({ address }) => this.#hostRun(address).run());
    await this.#settle([...untidy, ...running]);
  }

  /** Works on the hosts of a batch, as many at a time as the strategy allows. */
  async #takeAll(addresses: readonly string[]): Promise<void> {
    const queue = [...addresses];
    const { concurrency } = this.#strategy;
    const workers = concurrency === 0 ? queue.length : Math.min(concurrency, queue.length);
    const work = async () => {
      for (;;) {
        const taken = await this.#takeNext(queue);
        if (taken === undefined) return;
        await taken.work;
      }
    };
    await this.#settle(Array.from({ length: workers }, work));
  }

  /**
   * Begins with the next machine of the queue as soon as one may be taken. Undefined when none is to be taken any more.
   * One worker at a time asks: there is one thing to wait for, and one who says so.
   */
  async #takeNext(queue: string[]): Promise<{ work: Promise<void> } | undefined> {
    const leave = await this.#taking.acquire(this.#signal);
    try {
      // A thousand machines may be taken one after the other: other requests get their turn in between.
      if (this.#pace.isDue) await this.#pace.rest();
      while (await this.#hindrances.unhindered()) {
        const [first] = this.#pendingOf(queue);
        if (first === undefined) return undefined;
        const address = await this.#place(queue, first);
        if (address === undefined) continue;
        await this.#hindrances.waited();
        // A command may have come meanwhile; from here to the host's first entry none can.
        if (this.#stateOf(address) === 'pending' && this.#hindrances.current() === undefined) {
          queue.splice(queue.indexOf(address), 1);
          return { work: this.#hostRun(address).run() };
        }
        this.#options.disruptions.giveBack(address, this.#id);
      }
      return undefined;
    } finally {
      leave();
    }
  }

  /** Some may have been skipped since they were queued: for those nobody waits. */
  *#pendingOf(queue: readonly string[]): Generator<string> {
    for (const address of queue) if (this.#stateOf(address) === 'pending') yield address;
  }

  /** A machine that every budget lets be taken. Undefined after it has waited for one, in vain so far. */
  async #place(queue: readonly string[], first: string): Promise<string | undefined> {
    const { disruptions } = this.#options;
    if (!this.#disrupts) return first;
    const changed = Promise.race([this.#hindrances.changed, disruptions.changed]);
    const taken = await disruptions.takeFirst(() => this.#pendingOf(queue), this.#id);
    if (taken === undefined) return undefined;
    if ('address' in taken) return taken.address;
    await this.#hindrances.waitFor(waitingForBudget(taken.full), changed);
    return undefined;
  }

  /** Resolves when every one has let go of its machine, whatever happened to the others. */
  async #settle(work: readonly Promise<void>[]): Promise<void> {
    const results = await Promise.allSettled(work);
    this.#signal.throwIfAborted();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  #stateOf(address: string): HostState | undefined {
    return this.#options.journal.state.hosts.get(address)?.state;
  }

  #hostRun(address: string): HostRun {
    const { journal, clock, pool, target, logger, asked, disruptions } = this.#options;
    const ending = new AbortController();
    this.#ending.set(address, ending);
    const options = { journal, steps: this.#steps, address, clock, pool, target, logger, asked, disruptions };
    const release = () => {
      this.#ending.delete(address);
      this.#handshakeWindow = widened(this.#handshakeWindow, pool.window());
      this.#hindrances.wake();
    };
    if (this.#control.cancel === 'now') ending.abort(cancelled('an operator'));
    return new HostRun({ ...options, signal: this.#signal, ending: ending.signal, strategy: this.#strategy, release });
  }

  async #conclude(): Promise<void> {
    const { journal, taking } = this.#options;
    const { stop, ...ending } = this.#limits.ending();
    const isDecided = stop === undefined || this.#control.stopped !== undefined;
    const outcomes = () => {
      const open = [...journal.state.hosts.values()].filter(({ state }) => !isFinal(state));
      return open.map(({ address }) => notStarted(address, stop ?? 'the operation was cancelled'));
    };
    const end = { type: 'operation_ended', ...ending, handshake_window: this.#handshakeWindow } as const;
    await conclude(journal, taking, {
      decision: isDecided ? [] : [{ type: 'limit_reached', reason: stop }],
      outcomes,
      end,
    });
  }
}

/** Of the machines in flight each is one that may be down, and of the others none. */
export function retakeInFlight(disruptions: Disruptions, { operation, hosts }: OperationState): void {
  for (const { address, state } of hosts.values()) {
    if (state === 'running') disruptions.retake(address, operation.id);
    else disruptions.giveBack(address, operation.id);
  }
}

function cancelled(by: string): AppError {
  return new AppError('cancelled', `cancelled by ${by}`);
}
