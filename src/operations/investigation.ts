import { hostRecords } from '../inventory/collections.ts';
import { hostNotFound } from '../inventory/membership.ts';
import { abortable } from '../lib/abortable.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Part } from '../lib/part.ts';
import type { Store, StoredEvent } from '../store/contract.ts';
import type { Engine } from './engine.ts';
import type { Started } from './start.ts';

/** Host states that a bootstrap operation will change. */
const unsettled = ['investigating', 'bootstrapping'];

/**
 * Starts a `bootstrap` operation for every host that needs an investigation: when an event of the store says so, and
 * when the server starts, for the hosts that an earlier server did not get to.
 */
export class Investigation implements Part {
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #logger: Logger;
  readonly #subscription: Disposable;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  constructor(store: Store, engine: Engine, logger: Logger) {
    this.#store = store;
    this.#engine = engine;
    this.#logger = logger;
    this.#subscription = store.events.subscribe((event) => {
      if (asksForInvestigation(event)) this.#answer(event.key);
    });
  }

  /**
   * Looks for hosts that are waiting, and starts their operations. A host whose operation is already running gets no
   * second one. It does not wait for that, because the server can work meanwhile.
   */
  async begin(): Promise<void> {
    this.#looking = this.#lookForWaiting();
  }

  /** Ends the subscription, stops waiting for operations, and resolves when none is being started. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    this.#stopping.abort(new AppError('shutting_down', 'the server is stopping'));
    await this.#looking;
    await Promise.all(this.#underWay.values());
  }

  async #lookForWaiting(): Promise<void> {
    try {
      for await (const { value } of this.#store.list(hostRecords)) {
        if (this.#stopping.signal.aborted) return;
        const { address, status } = value;
        if (!unsettled.includes(status)) continue;
        await this.#investigate(address).catch((error: unknown) => this.#report(address, error));
      }
    } catch (error) {
      this.#logger.error({ error: describeError(error) }, 'cannot look for hosts that wait for an investigation');
    }
  }

  /** One at a time per host: the operation that is still to start also answers requests that come meanwhile. */
  #answer(address: string): void {
    if (this.#underWay.has(address)) return;
    const done = this.#beginAfter(address)
      .catch((error: unknown) => this.#report(address, error))
      .finally(() => this.#underWay.delete(address));
    this.#underWay.set(address, done);
  }

  /** A running operation may have started before the change: then another one follows it. */
  async #beginAfter(address: string): Promise<void> {
    let started = await this.#investigate(address);
    while (!started.fresh) {
      await abortable(this.#engine.released(started.operation.id), this.#stopping.signal);
      started = await this.#investigate(address);
    }
  }

  #investigate(address: string): Promise<Started> {
    const request = {
      kind: 'bootstrap',
      parameters: {},
      cluster: '',
      target: `host:${address}`,
      strategy: {},
      requestedBy: 'commissaire',
      wait: true,
      automatic: true as const,
    };
    return this.#engine.start(request, async (reader) => {
      if ((await reader.get(hostRecords, address)) === undefined) throw hostNotFound(address);
      return [address];
    });
  }

  #report(address: string, error: unknown): void {
    const code = error instanceof AppError ? error.code : undefined;
    // The next server start takes it up, or the host was removed.
    if (code === 'shutting_down' || code === 'host_not_found') return;
    this.#logger.error({ host: address, error: describeError(error) }, 'cannot begin a bootstrap');
  }
}

function asksForInvestigation({ type, action, data }: StoredEvent): boolean {
  return type === 'host' && (action === 'created' || action === 'updated') && data?.status === 'investigating';
}
