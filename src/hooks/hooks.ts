import type { HookConfiguration } from '../config/hooks.ts';
import { describeError } from '../lib/errors.ts';
import type { Part } from '../lib/part.ts';
import type { ProxyFor } from '../lib/proxies.ts';
import { commandDelivery, type Environment } from './command.ts';
import { hookCursors } from './cursors.ts';
import type { HooksOptions } from './hook-runner.ts';
import { HookRunner } from './hook-runner.ts';
import { webhookDelivery } from './webhook.ts';

/**
 * The hooks of the configuration. Each reads the persisted log by itself, so a hook that fails or hangs delays no
 * other. Each event is delivered at least once, in order, also across restarts.
 */
export class Hooks implements Part {
  readonly #options: HooksOptions;
  readonly #runners: readonly HookRunner[];
  readonly #stop = new AbortController();
  readonly #subscription: Disposable;
  #running: Promise<unknown> = Promise.resolve();

  /** @throws AppError `invalid_configuration` when a secret cannot be read */
  constructor(configured: readonly HookConfiguration[], options: HooksOptions) {
    this.#options = options;
    this.#runners = configured.map((hook) => new HookRunner(hook, deliveryOf(hook, options), options));
    this.#subscription = options.store.events.subscribe(() => {
      for (const runner of this.#runners) runner.wake();
    });
  }

  /** Resolves when every hook has its cursor; a new hook starts with the next event. */
  async begin(): Promise<void> {
    await this.#settleCursors();
    const { logger } = this.#options;
    this.#running = Promise.all(
      this.#runners.map(({ name, run }) =>
        run(this.#stop.signal).catch((error: unknown) => {
          if (!this.#stop.signal.aborted) logger.error({ hook: name, error: describeError(error) }, 'a hook ended');
        }),
      ),
    );
  }

  /** The hooks, each with the number of the newest event that it has handled. */
  positions(): { hook: string; sequence: number }[] {
    return this.#runners.map(({ name, position }) => ({ hook: name, sequence: position }));
  }

  /** Ends running deliveries; the next start repeats them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    this.#stop.abort(new Error('the server is stopping'));
    await this.#running;
  }

  /** A hook that was removed from the configuration and added again later is a new one. */
  async #settleCursors(): Promise<void> {
    const { store } = this.#options;
    const names = this.#runners.map(({ name }) => name);
    const { last } = await store.events.bounds();
    await store.transact(async (tx) => {
      const stored = await Array.fromAsync(tx.list(hookCursors), ({ key }) => key);
      for (const key of stored) if (!names.includes(key)) tx.delete(hookCursors, key);
      for (const name of names) if (!stored.includes(name)) tx.put(hookCursors, name, { sequence: last });
    });
  }
}

interface Surroundings {
  environment: Environment;
  proxyFor?: ProxyFor;
}

function deliveryOf({ act, deadline }: HookConfiguration, { environment, proxyFor }: Surroundings) {
  return act.kind === 'command'
    ? commandDelivery({ ...act, deadline }, environment)
    : webhookDelivery({ ...act, deadline }, proxyFor);
}
