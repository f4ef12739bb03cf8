import { abortable } from '../lib/abortable.ts';
import { type Clock, timestamp } from '../lib/clock.ts';
import { Deadline } from '../lib/deadline.ts';
import { AppError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Reader, Store } from '../store/contract.ts';
import { type Command, commandKey, commandRecords, type GivenCommand } from './command.ts';
import { operationEnded } from './operation-ended.ts';
import { readOperation, runningRecords } from './records.ts';

export interface CommandsOptions {
  store: Store;
  clock: Clock;
  newId: IdSource;
  /** Fires when the server stops. The next server carries out the commands that were given until then. */
  stopping: AbortSignal;
  /** Milliseconds that an operation may take to carry out a command. Default 10 s. */
  patienceMs?: number;
}

const defaultPatienceMs = 10_000;

/** Gives commands to operations, on whichever server they run. */
export class Commands {
  readonly #options: CommandsOptions;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the command was carried out and that is on disk.
   *
   * @throws AppError `operation_not_found`; `operation_ended`; `conflict` when the operation does not carry it out in
   *   time, and then the command is withdrawn; `shutting_down`; and why the operation refused it
   */
  async give(id: string, command: Command): Promise<void> {
    const { store, newId, stopping, patienceMs = defaultPatienceMs } = this.#options;
    const key = commandKey(id, newId());
    let changed = Promise.withResolvers<void>();
    using _watch = store.watch([commandRecords], (written) => {
      if (written.some((one) => one.key === undefined || one.key === key)) changed.resolve();
    });
    await this.#put(id, key, command);
    using patience = new Deadline(patienceMs, () => interrupted(id), stopping);
    for (;;) {
      const given = (await store.get(commandRecords, key))?.value;
      if (given === undefined) return;
      if (given.refused !== undefined) break;
      try {
        await abortable(changed.promise, patience.signal);
      } catch (error) {
        if (stopping.aborted) throw error;
        break;
      }
      changed = Promise.withResolvers();
    }
    await this.#takeAway(id, key);
  }

  /**
   * An operation that ends meanwhile answers all its commands: either it sees this command, or this transaction sees
   * its end.
   */
  async #put(id: string, key: string, command: Command): Promise<void> {
    const { store, clock, stopping } = this.#options;
    await this.#checkRunning(store, id);
    stopping.throwIfAborted();
    await store.transact(async (tx) => {
      await this.#checkRunning(tx, id);
      tx.put(commandRecords, key, { command, at: timestamp(clock.now()) });
    }, 'journal');
  }

  /** @throws AppError `operation_ended`, `operation_not_found` */
  async #checkRunning(reader: Pick<Reader, 'get'>, id: string): Promise<void> {
    if ((await reader.get(runningRecords, id)) === undefined) throw operationEnded(await readOperation(reader, id));
  }

  /**
   * Removes a command that was refused or waited too long. @throws why it was not carried out, unless it was carried
   * out after all
   */
  async #takeAway(id: string, key: string): Promise<void> {
    const { store } = this.#options;
    const given = await store.transact(async (tx) => {
      const left = (await tx.get(commandRecords, key))?.value;
      if (left !== undefined) tx.delete(commandRecords, key);
      return left;
    }, 'journal');
    if (given !== undefined) throw failureOf(id, given);
  }
}

function failureOf(id: string, { refused }: GivenCommand): AppError {
  if (refused === undefined) return interrupted(id);
  const { code, message, ...options } = refused;
  return new AppError(code, message, options);
}

function interrupted(id: string): AppError {
  return new AppError('conflict', `the operation ${id} is interrupted and will be taken up again`, {
    hint: 'try again; the log of the server says what interrupted it',
  });
}
