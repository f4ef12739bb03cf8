import { type Static, Type as t } from '@sinclair/typebox';
import { records, type Store, StoredEvent, type Transaction } from '../store/contract.ts';

/** An event that a hook gave up on. */
export const DeadLetter = t.Object({
  hook: t.String({ description: 'Name of the hook' }),
  event: t.Unsafe<StoredEvent>({ ...StoredEvent, description: 'The event' }),
  reason: t.String({ description: 'Why the last attempt failed' }),
  attempts: t.Integer({ description: 'How often the hook tried' }),
  at: t.String({ description: 'When it gave up' }),
});
export type DeadLetter = Static<typeof DeadLetter>;

export const deadLetterRecords = records<DeadLetter>('dead-letters');

/** The most dead letters; the oldest are removed first. */
const kept = 1000;

/** The dead letters, oldest first. */
export class DeadLetters {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async list(hook?: string): Promise<DeadLetter[]> {
    const entries = await Array.fromAsync(this.#store.list(deadLetterRecords));
    return entries.map(({ value }) => value).filter((letter) => hook === undefined || letter.hook === hook);
  }

  /** Deletes the dead letters of a hook, or all. */
  async clear(hook?: string): Promise<void> {
    await this.#store.transact(async (tx) => {
      for await (const { key, value } of tx.list(deadLetterRecords)) {
        if (hook === undefined || value.hook === hook) tx.delete(deadLetterRecords, key);
      }
    });
  }

  /** Adds a dead letter in a transaction, with its event. */
  async add(tx: Transaction, letter: DeadLetter): Promise<void> {
    const { hook, event, reason } = letter;
    // The commit does not compare the count. When hooks give up at the same time there may be too many for a moment,
    // until the next one is added.
    const limit = Math.max(0, (await this.#store.count(deadLetterRecords)) + 1 - kept);
    for await (const { key } of tx.list(deadLetterRecords, { limit })) tx.delete(deadLetterRecords, key);
    tx.put(deadLetterRecords, `${String(event.sequence).padStart(16, '0')}/${hook}`, letter);
    tx.emit({ type: 'hook', action: 'dead_lettered', key: hook, data: { sequence: event.sequence, reason } });
  }
}
