import type { HookConfiguration } from '../config/hooks.ts';
import { abortable } from '../lib/abortable.ts';
import { BackOff } from '../lib/back-off.ts';
import { type Clock, timestamp } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { inScope } from '../lib/scope-of-work.ts';
import { noTracer, type Tracer } from '../lib/tracing.ts';
import type { Leases, OwnLease, Store, StoredEvent } from '../store/contract.ts';
import { lostAfter } from '../store/lost-events.ts';
import type { Environment } from './command.ts';
import { hookCursors } from './cursors.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Delivery, Outcome } from './delivery.ts';

const pageEvents = 64;
/** The most events rejected by its filter that a hook may read again after a crash. */
const unwantedBeforeWrite = 1000;
const defaultFirstDelay = 1000;
const longestDelay = 60_000;
/** Milliseconds before the next attempt after the store failed. */
const storeDelay = 5000;

export interface HooksOptions {
  store: Store;
  /** Only one server at a time delivers the events of a hook. */
  leases: Leases;
  deadLetters: DeadLetters;
  clock: Clock;
  logger: Logger;
  /** The environment that commands inherit, without the server's own options. */
  environment: Environment;
  /** Milliseconds from the first attempt to the second; later pauses double. */
  firstDelay?: number;
  /** Called after each attempt to deliver an event, and when the hook gives up on one. */
  onDelivery?: ((hook: string, result: DeliveryResult) => void) | undefined;
  tracer?: Tracer;
}

export type DeliveryResult = 'delivered' | 'failed' | 'given_up';

/** One hook, which reads the log in order. */
export class HookRunner {
  readonly name: string;
  readonly #hook: HookConfiguration;
  readonly #deliver: Delivery;
  readonly #options: HooksOptions;
  #written = 0;
  #position = 0;
  #wake = Promise.withResolvers<void>();

  constructor(hook: HookConfiguration, deliver: Delivery, options: HooksOptions) {
    this.name = hook.name;
    this.#hook = hook;
    this.#deliver = deliver;
    this.#options = options;
  }

  /** Tells the runner that the log has new events. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Rejects only with the reason of the signal. */
  readonly run = async (signal: AbortSignal): Promise<never> => {
    const { leases, clock, logger } = this.#options;
    for (;;) {
      try {
        await using lease = await leases.take(`hook/${this.name}`, signal);
        await this.#follow(lease, signal);
      } catch (error) {
        signal.throwIfAborted();
        logger.error({ hook: this.name, error: describeError(error) }, 'a hook cannot go on, and tries again');
        await clock.sleep(storeDelay, signal);
      }
    }
  };

  async #follow(lease: OwnLease, signal: AbortSignal): Promise<never> {
    const { store } = this.#options;
    this.#position = (await store.get(hookCursors, this.name))?.value.sequence ?? 0;
    this.#written = this.#position;
    for (;;) {
      // Before the log is read, so that an event that comes meanwhile wakes it.
      this.#wake = Promise.withResolvers();
      const events = await store.events.read(this.#position, pageEvents);
      await this.#tellOfLost(events);
      for (const event of events) await this.#take(event, lease, signal);
      if (events.length === 0) await abortable(this.#wake.promise, signal);
    }
  }

  async #take(event: StoredEvent, lease: OwnLease, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (isWantedBy(this.#hook, event)) await this.#hand(event, lease, signal);
    else if (event.sequence - this.#written >= unwantedBeforeWrite) await this.#advance(event.sequence, lease);
    this.#position = event.sequence;
  }

  async #hand(event: StoredEvent, lease: OwnLease, signal: AbortSignal): Promise<void> {
    const { clock, logger, firstDelay = defaultFirstDelay, onDelivery } = this.#options;
    const pauses = new BackOff({ first: firstDelay, longest: longestDelay });
    for (let attempts = 1; ; attempts += 1) {
      const outcome = await this.#attempt(event, signal);
      onDelivery?.(this.name, outcome.kind === 'done' ? 'delivered' : 'failed');
      if (outcome.kind === 'done') return this.#advance(event.sequence, lease);
      const { sequence } = event;
      logger.warn({ hook: this.name, sequence, attempts, reason: outcome.reason }, 'a hook failed');
      if (!outcome.mayHelpToRetry || attempts > this.#hook.retries)
        return this.#giveUp(event, outcome, { attempts, lease });
      await pauses.sleep(clock, signal);
    }
  }

  async #attempt(event: StoredEvent, signal: AbortSignal): Promise<Outcome> {
    const { tracer = noTracer } = this.#options;
    if (!tracer.isOn) return this.#deliver(event, signal);
    const attributes = { 'commissaire.hook': this.name, 'commissaire.event.sequence': event.sequence };
    const span = tracer.start(`hook ${this.name}`, { kind: 'client', attributes });
    try {
      const outcome = await inScope({ span: span.place }, () => this.#deliver(event, signal));
      if (outcome.kind === 'failed') span.fail('the hook failed');
      return outcome;
    } finally {
      span.end();
    }
  }

  /** The number of the newest event that the hook has handled. */
  get position(): number {
    return this.#position;
  }

  async #advance(sequence: number, lease: OwnLease): Promise<void> {
    await this.#options.store.transact(async (tx) => {
      await lease.fence(tx);
      tx.put(hookCursors, this.name, { sequence });
    });
    this.#written = sequence;
  }

  async #giveUp(
    event: StoredEvent,
    { reason }: Extract<Outcome, { kind: 'failed' }>,
    { attempts, lease }: { attempts: number; lease: OwnLease },
  ): Promise<void> {
    const { store, clock, deadLetters, onDelivery } = this.#options;
    onDelivery?.(this.name, 'given_up');
    const { sequence } = event;
    const at = timestamp(clock.now());
    await store.transact(async (tx) => {
      await lease.fence(tx);
      await deadLetters.add(tx, { hook: this.name, event, reason, attempts, at });
      tx.put(hookCursors, this.name, { sequence });
    });
    this.#written = sequence;
  }

  async #tellOfLost(events: readonly StoredEvent[]): Promise<void> {
    const { store, logger } = this.#options;
    const lost = await lostAfter(store.events, this.#position, events);
    if (lost !== undefined) logger.warn({ hook: this.name, ...lost }, 'a hook missed events that are no longer kept');
  }
}

/** No hook gets events about hooks: two failing hooks would keep each other busy for ever. */
function isWantedBy({ filter }: HookConfiguration, event: StoredEvent): boolean {
  return event.type !== 'hook' && filter(event);
}
