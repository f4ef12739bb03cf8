import { AppError } from '../lib/errors.ts';
import type { Store, Transaction } from '../store/contract.ts';
import { type Command, commandRecords, commandsOf } from './command.ts';
import type { Journal } from './journal.ts';
import { refuse } from './refusal.ts';

export interface ObedienceOptions {
  store: Store;
  /** The journal of the operation. While the disk is full, commands wait for it, and none ends what is in flight. */
  journal: Journal;
  /**
   * Carries a command out. `alongside` belongs to the same transaction, and is written alone when the command changes
   * nothing.
   *
   * @throws AppError why it is refused; what a commit throws
   */
  carryOut: (command: Command, alongside: (tx: Transaction) => void) => Promise<void>;
}

/** Carries out the commands to an operation that this server owns, one after the other, until disposed of. */
export class Obedience implements AsyncDisposable {
  readonly #options: ObedienceOptions;
  #isWanted = false;
  #isOver = false;
  #obeying: Promise<void> | undefined;

  constructor(options: ObedienceOptions) {
    this.#options = options;
  }

  /** To be called when there may be a command. Only the loss of the journal keeps it from being carried out. */
  look(): void {
    this.#isWanted = true;
    if (this.#isOver) return;
    this.#obeying ??= this.#obeyAll().catch((error: unknown) => this.#options.journal.lose(error));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#obeying;
  }

  async #obeyAll(): Promise<void> {
    const { store, journal } = this.#options;
    try {
      while (this.#isWanted && !this.#isOver) {
        this.#isWanted = false;
        for await (const { key, value } of store.list(commandRecords, commandsOf(journal.state.operation.id))) {
          if (this.#isOver) return;
          if (value.refused === undefined) await this.#obey(key, value.command);
        }
      }
    } finally {
      // Synchronous with the last check of `#isWanted`: a new call must not wait for a loop that is over.
      this.#obeying = undefined;
    }
  }

  async #obey(key: string, command: Command): Promise<void> {
    const { journal, carryOut } = this.#options;
    try {
      await carryOut(command, (tx) => tx.delete(commandRecords, key));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // The end is being written to disk, and that transaction answers all commands.
      if (error.code === 'operation_ended') return;
      if (error.code !== 'host_not_found' && error.code !== 'host_taken') throw error;
      await journal.appendAlong((tx) => refuse(tx, key, error));
    }
  }
}
