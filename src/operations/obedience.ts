import { AppError } from '../lib/errors.ts';
import type { Store, Transaction } from '../store/contract.ts';
import { type Command, commandRecords, commandsOf } from './command.ts';
import type { Journal } from './journal.ts';
import { refuse } from './refusal.ts';

export interface ObedienceOptions {
  store: Store;
  /** Of the operation. While the disk is full it is waited for, and no command ends what is under way. */
  journal: Journal;
  /**
   * Carries a command out. What it is given as `alongside` is a part of the transaction that does, and is to be written by
   * itself when there is nothing else to be done.
   *
   * @throws AppError why it is refused; what a commit throws
   */
  carryOut: (command: Command, alongside: (tx: Transaction) => void) => Promise<void>;
}

/** Obeys the commands to an operation that this server owns, one after the other, until disposed of. */
export class Obedience implements AsyncDisposable {
  readonly #options: ObedienceOptions;
  #isWanted = false;
  #isOver = false;
  #obeying: Promise<void> | undefined;

  constructor(options: ObedienceOptions) {
    this.#options = options;
  }

  /** There may be a command. What keeps it from being carried out is the loss of the journal. */
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
      // In the same breath as the last look at what is wanted: nobody is to be taken for one who is still at it.
      this.#obeying = undefined;
    }
  }

  async #obey(key: string, command: Command): Promise<void> {
    const { journal, carryOut } = this.#options;
    try {
      await carryOut(command, (tx) => tx.delete(commandRecords, key));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      // The end is on its way to disk, and answers all commands there are.
      if (error.code === 'operation_ended') return;
      if (error.code !== 'host_not_found' && error.code !== 'host_taken') throw error;
      await journal.appendAlong((tx) => refuse(tx, key, error));
    }
  }
}
