import { hostRecords } from '../inventory/collections.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Store, StoredEvent } from '../store/contract.ts';
import type { Engine } from './engine.ts';
import { defaultStrategy } from './strategy.ts';

/** Host states that a bootstrap operation is on its way to end. */
const unsettled = ['investigating', 'bootstrapping'];

/**
 * Begins a `bootstrap` operation for every host that is to be investigated: when the store tells of it, and at the
 * start for those an earlier server did not come to.
 */
export class Investigation implements Disposable {
  readonly #store: Store;
  readonly #engine: Engine;
  readonly #logger: Logger;
  readonly #subscription: Disposable;
  readonly #starting = new Set<Promise<void>>();

  constructor(store: Store, engine: Engine, logger: Logger) {
    this.#store = store;
    this.#engine = engine;
    this.#logger = logger;
    this.#subscription = store.events.subscribe((event) => {
      if (asksForInvestigation(event)) this.#begin(event.key);
    });
  }

  /** Takes up the hosts that are waiting. One with an operation under way already gets no second. */
  async catchUp(): Promise<void> {
    for await (const { value } of this.#store.list(hostRecords)) {
      if (unsettled.includes(value.status)) this.#begin(value.address);
    }
    await Promise.all(this.#starting);
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #begin(address: string): void {
    const request = {
      kind: 'bootstrap',
      parameters: {},
      cluster: '',
      strategy: defaultStrategy,
      requestedBy: 'commissaire',
    };
    const started = this.#engine
      .start(request, async () => [address])
      .then(
        () => undefined,
        (error: unknown) =>
          this.#logger.error({ host: address, error: describeError(error) }, 'cannot begin a bootstrap'),
      )
      .finally(() => this.#starting.delete(started));
    this.#starting.add(started);
  }
}

function asksForInvestigation({ type, action, data }: StoredEvent): boolean {
  return type === 'host' && (action === 'created' || action === 'updated') && data?.status === 'investigating';
}
