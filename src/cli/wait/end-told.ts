import type { Client } from '../../client/connect.ts';

/**
 * Listens for the event that says an operation has ended, so that nobody waits for the next look at it. A server that
 * tells nothing is looked at all the same.
 */
export class EndTold implements Disposable {
  readonly #enough = new AbortController();
  /** Resolves when the event has come; undefined once that was told, so that nobody is woken by it twice. */
  #told: Promise<true> | undefined;

  constructor(client: Client, id: string, signal: AbortSignal) {
    const told = Promise.withResolvers<true>();
    this.#told = told.promise;
    comes(client, id, AbortSignal.any([signal, this.#enough.signal])).then(
      (came) => came && told.resolve(true),
      // It is only the shorter way to what is looked at anyway.
      () => undefined,
    );
  }

  /** Resolves when the end is told, or with this at the latest. */
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
