import { AppError } from '../lib/errors.ts';
import type { OwnLease, Store, Transaction } from '../store/contract.ts';
import { type Command, commandRecords, commandsOf, type Refusal } from './command.ts';

export interface ObedienceOptions {
  store: Store;
  operation: string;
  lease: OwnLease;
  /**
   * Carries a command out. What it is given as `alongside` is a part of the transaction that does, and is to be written by
   * itself when there is nothing else to be done.
   *
   * @throws AppError why it is refused; what a commit throws
   */
  carryOut: (command: Command, alongside: (tx: Transaction) => void) => Promise<void>;
}

/** Follows the commands to an operation that this server owns, one after the other, until disposed of. */
export class Obedience implements AsyncDisposable {
  readonly #options: ObedienceOptions;
  readonly #watch: Disposable;
  #isWanted = false;
  #isOver = false;
  #obeying: Promise<void> | undefined;

  /** @param failed is told what kept it from going on: the journal is lost then */
  constructor(options: ObedienceOptions, failed: (error: unknown) => void) {
    this.#options = options;
    const prefix = commandsOf(options.operation).prefix;
    const look = () => {
      this.#isWanted = true;
      this.#obeying ??= this.#obeyAll()
        .catch(failed)
        .finally(() => {
          this.#obeying = undefined;
        });
    };
    this.#watch = options.store.watch([commandRecords], (written) => {
      if (written.some(({ key }) => key === undefined || key.startsWith(prefix))) look();
    });
    look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    this.#watch[Symbol.dispose]();
    await this.#obeying;
  }

  async #obeyAll(): Promise<void> {
    const { store, operation } = this.#options;
    while (this.#isWanted && !this.#isOver) {
      this.#isWanted = false;
      for await (const { key, value } of store.list(commandRecords, commandsOf(operation))) {
        if (this.#isOver) return;
        if (value.refused === undefined) await this.#obey(key, value.command);
      }
    }
  }

  async #obey(key: string, command: Command): Promise<void> {
    const { store, lease, carryOut } = this.#options;
    try {
      await carryOut(command, (tx) => tx.delete(commandRecords, key));
    } catch (error) {
      if (!(error instanceof AppError) || !isRefusal(error)) throw error;
      await store.transact(async (tx) => {
        await lease.fence(tx);
        await refuse(tx, key, error);
      }, 'journal');
    }
  }
}

/** Refuses all commands there are to an operation, in the transaction of its end. */
export async function refuseAll(tx: Transaction, operation: string, error: AppError): Promise<void> {
  for await (const { key, value } of tx.list(commandRecords, commandsOf(operation))) {
    if (value.refused === undefined) await refuse(tx, key, error);
  }
}

/** One that was taken back meanwhile is none any more. */
async function refuse(tx: Transaction, key: string, { code, message, hint, details }: AppError): Promise<void> {
  const given = (await tx.get(commandRecords, key))?.value;
  if (given === undefined) return;
  const refused: Refusal = {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  };
  tx.put(commandRecords, key, { ...given, refused });
}

const refusals = ['operation_ended', 'host_not_found', 'host_taken'];

function isRefusal({ code }: AppError): boolean {
  return refusals.includes(code);
}
