import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Lease, SessionPool } from '../ssh/pool.ts';
import type { Target } from '../ssh/session.ts';
import type { HostOutcome, Intent } from './entry.ts';
import type { Journal } from './journal.ts';
import type { HostWork, Kind } from './kind.ts';
import type { Phase } from './operation.ts';

export interface HostRunOptions {
  journal: Journal;
  kind: Kind;
  address: string;
  clock: Clock;
  pool: SessionPool;
  target: (address: string) => Promise<Target>;
  logger: Logger;
  signal: AbortSignal;
}

/** One host of an operation, from its first connection to its outcome in the journal. */
export class HostRun implements HostWork {
  readonly operation: string;
  readonly address: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly #options: HostRunOptions;

  constructor(options: HostRunOptions) {
    this.operation = options.journal.state.operation.id;
    this.address = options.address;
    this.clock = options.clock;
    this.signal = options.signal;
    this.#options = options;
  }

  /**
   * Runs the kind on the host, or judges what an earlier server had begun. Resolves once the outcome is on disk, or at
   * once and without one when the server stops.
   */
  async run(): Promise<void> {
    const { journal, kind, logger } = this.#options;
    const record = journal.state.hosts.get(this.address);
    const resumed = record?.state === 'running';
    await journal.append({ type: resumed ? 'host_resumed' : 'host_started', host: this.address });
    const outcome = await this.#work(record?.intent ?? null);
    if (outcome === undefined) return;
    await journal.append({ type: 'host_ended', host: this.address, ...outcome });
    await kind.afterwards?.(this).catch((error: unknown) => {
      logger.warn({ operation: this.operation, host: this.address, error: describeError(error) }, 'tidying up failed');
    });
  }

  outputBytes(): number {
    return this.#options.journal.state.hosts.get(this.address)?.output_bytes ?? 0;
  }

  phase(phase: Phase): Promise<void> {
    return this.#options.journal.append({ type: 'host_phase', host: this.address, phase });
  }

  intend(intent: Intent): Promise<void> {
    return this.#options.journal.append({ type: 'host_intent', host: this.address, intent });
  }

  output(chunk: Uint8Array): Promise<void> {
    return this.#options.journal.output(this.address, chunk);
  }

  async session(): Promise<Lease> {
    const { pool, target } = this.#options;
    return pool.lend(await target(this.address), this.signal);
  }

  dropSessions(): void {
    this.#options.pool.drop(this.address);
  }

  /** Undefined when the server stops. */
  async #work(intent: Intent | null): Promise<HostOutcome | undefined> {
    const { kind, journal, logger } = this.#options;
    const { parameters } = journal.state.operation;
    try {
      return await (intent === null ? kind.run(this, parameters) : kind.judge(this, parameters, intent));
    } catch (error) {
      if (this.signal.aborted) return undefined;
      if (journal.broken !== undefined) throw error;
      if (!(error instanceof AppError)) {
        logger.error({ operation: this.operation, host: this.address, err: error }, 'a fault while working on a host');
      }
      return outcomeOf(error);
    }
  }
}

/** A host that could not be reached is told apart from one on which something failed. */
function outcomeOf(error: unknown): HostOutcome {
  const code = error instanceof AppError ? error.code : 'internal_error';
  const state = code === 'unreachable' || code === 'host_busy' ? 'unreachable' : 'failed';
  return { state, exit_code: null, error: { code, message: describeError(error) } };
}
