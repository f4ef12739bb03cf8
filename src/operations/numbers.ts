import { type Reader, records, type Store, type Transaction } from '../store/contract.ts';
import { operationNotFound } from './records.ts';

/** By number, in 12 digits: the operation that has it. */
export const numberRecords = records<{ operation: string }>('operation-numbers');
/** One key, `all`: the highest number of the removed operations, which no later one gets. */
export const removedNumbers = records<{ number: number }>('operation-numbers-removed');

export const numberKey = (number: number) => String(number).padStart(12, '0');

/**
 * The numbers of operations: short names, counted per site. A number is never given again; a start that fails may leave
 * a gap.
 *
 * No start compares a counter, as then of all starts at one time only one could be written. Each start tries a number
 * of its own, and compares only the key of that number: it is repeated when another server has given the same one.
 */
export class Numbers {
  readonly #store: Store;
  /** The highest number that was given or seen. */
  #highest: number | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Gives a new operation its number, in the transaction that starts the operation.
   *
   * @param tried the number of the same start in an earlier attempt
   */
  async give(tx: Transaction, id: string, tried?: number): Promise<number> {
    const removed = await highestRemoved(tx);
    let number = tried ?? (await this.#next());
    while (number <= removed || (await tx.get(numberRecords, numberKey(number))) !== undefined) {
      this.#see(await highestOf(this.#store));
      number = await this.#next();
    }
    tx.put(numberRecords, numberKey(number), { operation: id });
    return number;
  }

  async #next(): Promise<number> {
    if (this.#highest === undefined) this.#see(await highestOf(this.#store));
    this.#highest = (this.#highest ?? 0) + 1;
    return this.#highest;
  }

  #see(number: number): void {
    this.#highest = Math.max(number, this.#highest ?? 0);
  }
}

/** Forgets the numbers of removed operations, in the transaction that removes them. */
export async function forgetNumbers(tx: Transaction, numbers: readonly number[]): Promise<void> {
  if (numbers.length === 0) return;
  for (const number of numbers) tx.delete(numberRecords, numberKey(number));
  const highest = Math.max(...numbers);
  if (highest > (await highestRemoved(tx))) tx.put(removedNumbers, 'all', { number: highest });
}

/**
 * The id of the operation that `44` or `#44` stands for. Anything else is an id already.
 *
 * @throws AppError `operation_not_found` when no operation has that number
 */
export async function idOf(reader: Pick<Reader, 'get'>, reference: string): Promise<string> {
  const [, digits] = /^#?(\d{1,12})$/.exec(reference) ?? [];
  if (digits === undefined) return reference;
  const found = (await reader.get(numberRecords, numberKey(Number(digits))))?.value;
  if (found === undefined) throw operationNotFound(`#${Number(digits)}`);
  return found.operation;
}

async function highestRemoved(reader: Pick<Reader, 'get'>): Promise<number> {
  return (await reader.get(removedNumbers, 'all'))?.value.number ?? 0;
}

async function highestOf(reader: Reader): Promise<number> {
  const [last] = await Array.fromAsync(reader.list(numberRecords, { reverse: true, limit: 1 }), ({ key }) => key);
  return Math.max(Number(last ?? 0), await highestRemoved(reader));
}
