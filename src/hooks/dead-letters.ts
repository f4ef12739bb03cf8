import { type Static, Type as t } from '@sinclair/typebox';
import { records, type Store, StoredEvent, type Transaction } from '../store/contract.ts';

/** An event that a hook gave up on. */
export const DeadLetter = t.Object({
  hook: t.String(),
  event: StoredEvent,
  reason: t.String({ description: 'Why the last attempt failed' }),
  attempts: t.Integer(),
  at: t.String({ description: 'Contract timestamp' }),
});
export type DeadLetter = Static<typeof DeadLetter>;

export const deadLetterRecords = records<DeadLetter>('dead-letters');

/** The oldest go first. */
const kept = 1000;

/** What hooks gave up on, oldest first. */
export class DeadLetters {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async list(hook?: string): Promise<DeadLetter[]> {
    const entries = await Array.fromAsync(this.#store.list(deadLetterRecords));
    return entries.map(({ value }) => value).filter((letter) => hook === undefined || letter.hook === hook);
  }

  /** Forgets those of a hook, or all. */
  async clear(hook?: string): Promise<void> {
    await this.#store.transact(async (tx) => {
      for await (const { key, value } of tx.list(deadLetterRecords)) {
        if (hook === undefined || value.hook === hook) tx.delete(deadLetterRecords, key);
      }
    });
  }

  /** Adds one as a part of a transaction, with the event that tells of it. */
  async add(tx: Transaction, letter: DeadLetter): Promise<void> {
    const { hook, event, reason } = letter;
    // Not a part of what the commit compares. When hooks give up at the same time there may be more for a moment; the next
    // one that is added makes up for it.
    const limit = Math.max(0, (await this.#store.count(deadLetterRecords)) + 1 - kept);
    for await (const { key } of tx.list(deadLetterRecords, { limit })) tx.delete(deadLetterRecords, key);
    tx.put(deadLetterRecords, `${String(event.sequence).padStart(16, '0')}/${hook}`, letter);
    tx.emit({ type: 'hook', action: 'dead_lettered', key: hook, data: { sequence: event.sequence, reason } });
  }
}
