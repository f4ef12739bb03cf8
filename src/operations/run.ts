import type { Store, Transaction } from '../store/contract.ts';
import { openBatch } from './batch.ts';
import { batchesOf } from './batches.ts';
import type { Command } from './command.ts';
import { entriesOf } from './command-entries.ts';
import { conclude } from './conclusion.ts';
import { type Control, jumpHostsIn, type OperationState } from './fold.ts';
import type { HandshakeWindow } from './handshake-window.ts';
import { notStarted } from './host-endings.ts';
import { Obedience } from './obedience.ts';
import { isFinal } from './operation.ts';
import { RunHindrances } from './run-hindrances.ts';
import { RunLimits } from './run-limits.ts';
import { RunMachines, type RunMachinesOptions } from './run-machines.ts';
import type { Strategy } from './strategy.ts';
import type { Taking } from './taking.ts';
import { waitingForLock } from './waiting.ts';

export interface RunOptions extends Omit<RunMachinesOptions, 'hindrances' | 'signal'> {
  store: Store;
  taking: Taking;
  /** Fires when the server stops. */
  stopping: AbortSignal;
  /** Fires before that: the run takes no machine any more. */
  draining: AbortSignal;
}

/**
 * One running operation: takes its machines, batch by batch, as the strategy and its commands allow. All its decisions
 * are in the journal, so that another run, after a crash, continues from there.
 */
export class Run {
  readonly #options: RunOptions;
  readonly #limits: RunLimits;
  readonly #hindrances: RunHindrances;
  readonly #machines: RunMachines;
  readonly #obedience: Obedience;

  constructor(options: RunOptions) {
    const { store, clock, journal, stopping, draining } = options;
    this.#options = options;
    const signal = AbortSignal.any([stopping, journal.lost]);
    this.#limits = new RunLimits(options);
    this.#hindrances = new RunHindrances({ store, journal, clock, limits: this.#limits, signal, draining });
    this.#machines = new RunMachines({ ...options, hindrances: this.#hindrances, signal });
    this.#obedience = new Obedience({ store, journal, carryOut: this.#carryOut.bind(this) });
  }

  /** Resolves when the operation has ended. Rejects when the server stops or the journal is lost. */
  async toEnd(): Promise<void> {
    const { journal, taking } = this.#options;
    const { hosts } = journal.state;
    await using obedience = this.#obedience;
    obedience.look();
    // Done first, whatever the commands are: an operation with machines in flight has its locks.
    await this.#machines.finishInFlight();
    if (await this.#takeLocks()) {
      const jumpHosts = this.#machines.takesAway ? jumpHostsIn(journal.state) : undefined;
      const batches = batchesOf([...hosts.keys()], this.#strategy, jumpHosts);
      for (const [index, { hosts: addresses }] of batches.entries()) {
        const isPending = (address: string) => this.#machines.isPending(address);
        if (!addresses.some(isPending)) continue;
        if (!(await this.#hindrances.mayTakeBatch(index))) break;
        // Checked again: hosts may have been skipped while the operation waited.
        const pending = addresses.filter(isPending);
        if (pending.length === 0) continue;
        await openBatch(journal, taking, index + 1, pending);
        await this.#machines.takeAll(pending);
      }
    }
    await this.#conclude();
  }

  /** To be called when there may be a command to the operation. */
  obey(): void {
    this.#obedience.look();
  }

  /** Resolves when no machine is in flight whose outcome would be lost with this server. */
  drained(): Promise<void> {
    return this.#machines.drained();
  }

  /** The state of the operation on disk. */
  get written(): OperationState {
    return this.#options.journal.written;
  }

  /** Whether not even the outcomes of machines in flight can be written. */
  get isHeldUp(): boolean {
    return this.#options.journal.isHeldUp;
  }

  get handshakeWindow(): HandshakeWindow | null {
    return this.#machines.handshakeWindow;
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
    // No await from here to the append, so that no machine can be taken in between.
    await journal.appendAlong(alongside, ...entriesOf(command, journal.state));
    this.#hindrances.wake();
    if (command.act === 'cancel' && command.now) this.#machines.end(command.by);
  }

  /** Waits until no other operation has any of the machines. False when no machine may be taken any more. */
  async #takeLocks(): Promise<boolean> {
    const { store, journal, taking } = this.#options;
    // An operation that ends releases its machines: try again then.
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

  async #conclude(): Promise<void> {
    const { journal, taking } = this.#options;
    const { stop, ...ending } = this.#limits.ending();
    const isDecided = stop === undefined || this.#control.stopped !== undefined;
    const outcomes = () => {
      const open = [...journal.state.hosts.values()].filter(({ state }) => !isFinal(state));
      return open.map(({ address }) => notStarted(address, stop ?? 'the operation was cancelled'));
    };
    const end = { type: 'operation_ended', ...ending, handshake_window: this.handshakeWindow } as const;
    await conclude(journal, taking, {
      decision: isDecided ? [] : [{ type: 'limit_reached', reason: stop }],
      outcomes,
      end,
    });
  }
}
