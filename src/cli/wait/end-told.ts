import type { Client } from '../../client/connect.ts';

/**
 * Listens for the event that an operation has ended, so that the command need not wait for its next poll. Without the
 * event, polling still works.
 */
export class EndTold implements Disposable {
  readonly #enough = new AbortController();
  /** Resolves when the event has come; then undefined, so that it ends one wait only. */
  #told: Promise<true> | undefined;

  constructor(client: Client, id: string, signal: AbortSignal) {
    const told = Promise.withResolvers<true>();
    this.#told = told.promise;
    comes(client, id, AbortSignal.any([signal, this.#enough.signal])).then(
      (came) => came && told.resolve(true),
      // A failure does not matter, because the command polls too.
      () => undefined,
    );
  }

  /** Resolves when the event comes, or when `other` resolves. */
  async orAfter(other: Promise<void>): Promise<void> {
    if (this.#told === undefined) return other;
    if (await Promise.race([this.#told, other])) this.#told = undefined;
  }

  [Symbol.dispose](): void {
    this.#enough.abort();
  }
}

/** Whether the event comes before the stream ends. */
async function comes(client: Client, id: string, signal: AbortSignal): Promise<boolean> {
  const filter = ['finished', 'failed', 'cancelled'].map((action) => `operation.${action}.${id}`);
  for await (const { kind } of await client.events.follow({ filter }, signal)) if (kind === 'event') return true;
  return false;
}
