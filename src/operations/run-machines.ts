import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import { Semaphore } from '../lib/semaphore.ts';
import type { Disruptions } from './disruptions.ts';
import type { OperationState } from './fold.ts';
import { type HandshakeWindow, widened } from './handshake-window.ts';
import { HostRun, type HostRunOptions } from './host-run.ts';
import type { Journal } from './journal.ts';
import type { Kind, Step } from './kind.ts';
import type { RunHindrances } from './run-hindrances.ts';
import type { Strategy } from './strategy.ts';
import { waitingForBudget, waitingForLock } from './waiting.ts';
import type { Passage, Ways } from './ways.ts';

export interface RunMachinesOptions
  extends Pick<HostRunOptions, 'clock' | 'pool' | 'target' | 'logger' | 'gateServices' | 'tracer'> {
  journal: Journal;
  kind: Kind;
  disruptions: Disruptions;
  ways: Ways;
  hindrances: RunHindrances;
  /** Fires when the server stops or the journal is lost. */
  signal: AbortSignal;
}

/** The machines of a run. It takes them one by one, as the strategy and the budgets allow, and works on each. */
export class RunMachines {
  readonly #options: RunMachinesOptions;
  readonly #ending = new Map<string, AbortController>();
  readonly #taking = new Semaphore(1);
  readonly #pace = new Pace();
  readonly #disrupts: boolean;
  /** Whether a host may be away for a while. */
  readonly takesAway: boolean;
  readonly #steps: readonly Step[];
  #handshakeWindow: HandshakeWindow | null = null;
  #released = Promise.withResolvers<void>();

  constructor(options: RunMachinesOptions) {
    const { journal, kind } = options;
    const { parameters, strategy } = journal.state.operation;
    this.#options = options;
    this.takesAway = kind.takesAway?.(strategy) ?? true;
    this.#disrupts = kind.disrupts?.(parameters) ?? true;
    this.#steps = kind.steps(parameters);
  }

  get handshakeWindow(): HandshakeWindow | null {
    return this.#handshakeWindow;
  }

  isPending(address: string): boolean {
    return this.#options.journal.state.hosts.get(address)?.state === 'pending';
  }

  /** Ends the work on every machine in flight. */
  end(by: string): void {
    for (const ending of this.#ending.values()) ending.abort(cancelled(by));
  }

  /** Resolves when no machine is in flight whose outcome would be lost with this server. */
  async drained(): Promise<void> {
    if (!this.#steps.some(({ dependsOnServer }) => dependsOnServer)) return;
    while (this.#ending.size > 0) await this.#released.promise;
  }

  /** Judges all machines that an earlier server left in flight, at once. */
  async finishInFlight(): Promise<void> {
    const { disruptions, ways, journal } = this.#options;
    const { takesAway } = this;
    retakeInFlight({ disruptions: this.#disrupts ? disruptions : undefined, ways, takesAway }, journal.state);
    const records = [...journal.state.hosts.values()];
    const untidy = records.filter((record) => record.untidy).map(({ address }) => this.#hostRun(address).tidyUp());
    const running = records
      .filter(({ state }) => state === 'running')
      .map(({ address }) => this.#hostRun(address).run());
    await this.#settle([...untidy, ...running]);
  }

  /** Works on the hosts of a batch, as many at a time as the strategy allows. */
  async takeAll(addresses: readonly string[]): Promise<void> {
    const queue = [...addresses];
    const { concurrency } = this.#strategy;
    const workers = concurrency === 0 ? queue.length : Math.min(concurrency, queue.length);
    const work = async () => {
      for (;;) {
        const taken = await this.#takeNext(queue);
        if (taken === undefined) return;
        await taken.work;
      }
    };
    await this.#settle(Array.from({ length: workers }, work));
  }

  /**
   * Starts the next machine of the queue as soon as one may be taken. Undefined when none may be taken any more. Only
   * one worker at a time waits, so that the journal gets one wait.
   */
  async #takeNext(queue: string[]): Promise<{ work: Promise<void> } | undefined> {
    const { hindrances, signal } = this.#options;
    const leave = await this.#taking.acquire(signal);
    try {
      // A thousand machines may be taken one after the other: other requests must get their turn in between.
      if (this.#pace.isDue) await this.#pace.rest();
      while (await hindrances.unhindered()) {
        const [first] = this.#pendingOf(queue);
        if (first === undefined) return undefined;
        const address = await this.#place(queue, first);
        if (address === undefined) continue;
        await hindrances.waited();
        // A command may have come meanwhile; from here to the host's first entry none can.
        if (this.isPending(address) && hindrances.current() === undefined) {
          queue.splice(queue.indexOf(address), 1);
          return { work: this.#hostRun(address).run() };
        }
        this.#giveBack(address);
      }
      return undefined;
    } finally {
      leave();
    }
  }

  /** The queued machines that were not skipped meanwhile. */
  *#pendingOf(queue: readonly string[]): Generator<string> {
    for (const address of queue) if (this.isPending(address)) yield address;
  }

  /** The queued machines whose way no other operation closes. */
  *#openOf(queue: readonly string[]): Generator<string> {
    const { ways } = this.#options;
    for (const address of this.#pendingOf(queue))
      if (ways.obstacle(this.#passage(address)) === undefined) yield address;
  }

  /**
   * A machine that every budget and every other operation allows. Undefined after a wait for one that was in vain so
   * far.
   */
  async #place(queue: readonly string[], first: string): Promise<string | undefined> {
    const { hindrances, disruptions, ways } = this.#options;
    const changed = Promise.race([hindrances.changed, disruptions.changed, ways.changed]);
    const taken = await this.#takeFirst(() => this.#openOf(queue));
    if (taken !== undefined && 'full' in taken) {
      await hindrances.waitFor(waitingForBudget(taken.full), changed);
      return undefined;
    }
    // Another operation may have taken a machine on the same way meanwhile.
    const passage = this.#passage(taken?.address ?? first);
    const obstacle = ways.obstacle(passage);
    if (obstacle === undefined && taken !== undefined) {
      ways.take(passage);
      return passage.address;
    }
    if (taken !== undefined) disruptions.giveBack(taken.address, this.#id);
    if (obstacle !== undefined) await hindrances.waitFor(waitingForLock(obstacle), changed);
    return undefined;
  }

  async #takeFirst(candidates: () => Iterable<string>): ReturnType<Disruptions['takeFirst']> {
    if (this.#disrupts) return this.#options.disruptions.takeFirst(candidates, this.#id);
    const [address] = candidates();
    return address === undefined ? undefined : { address };
  }

  #passage(address: string): Passage {
    const { journal } = this.#options;
    return passageOf(journal.state, address, this.takesAway);
  }

  #giveBack(address: string): void {
    const { disruptions, ways } = this.#options;
    disruptions.giveBack(address, this.#id);
    ways.giveBack(address, this.#id);
  }

  /** Resolves when the work on every machine is over, even when some of it fails. */
  async #settle(work: readonly Promise<void>[]): Promise<void> {
    const results = await Promise.allSettled(work);
    this.#options.signal.throwIfAborted();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  #hostRun(address: string): HostRun {
    const { journal, clock, pool, target, logger, gateServices, disruptions, tracer } = this.#options;
    const { ways, hindrances, signal } = this.#options;
    const ending = new AbortController();
    this.#ending.set(address, ending);
    const options = { journal, steps: this.#steps, address, clock, pool, target, logger, gateServices, disruptions };
    const release = () => {
      this.#ending.delete(address);
      ways.giveBack(address, this.#id);
      this.#handshakeWindow = widened(this.#handshakeWindow, pool.window());
      hindrances.wake();
      this.#released.resolve();
      this.#released = Promise.withResolvers();
    };
    if (journal.state.operation.control.cancel === 'now') ending.abort(cancelled('an operator'));
    return new HostRun({
      ...options,
      ...(tracer === undefined ? {} : { tracer }),
      signal,
      ending: ending.signal,
      strategy: this.#strategy,
      release,
    });
  }

  get #strategy(): Strategy {
    return this.#options.journal.state.operation.strategy;
  }

  get #id(): string {
    return this.#options.journal.state.operation.id;
  }
}

interface Retaking {
  /** Undefined for an operation that takes no host down. */
  disruptions: Disruptions | undefined;
  ways: Ways;
  takesAway: boolean;
}

/** Each machine in flight may be down, and needs its way; the others are not. */
export function retakeInFlight({ disruptions, ways, takesAway }: Retaking, state: OperationState): void {
  const { id } = state.operation;
  for (const host of state.hosts.values()) {
    const { address } = host;
    if (host.state === 'running') {
      disruptions?.retake(address, id);
      ways.take(passageOf(state, address, takesAway));
    } else {
      disruptions?.giveBack(address, id);
      ways.giveBack(address, id);
    }
  }
}

function passageOf({ operation, hosts }: OperationState, address: string, takesAway: boolean): Passage {
  const { id, number, kind } = operation;
  const jumpHosts = hosts.get(address)?.jump_hosts ?? [];
  return { address, jumpHosts, operation: id, number, kind, takesAway };
}

function cancelled(by: string): AppError {
  return new AppError('cancelled', `cancelled by ${by}`);
}
