import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import type { Lease, SessionPool } from '../ssh/pool.ts';
import type { Target } from '../ssh/session.ts';
import type { HostOutcome, Intent } from './entry.ts';
import type { HostRecord } from './fold.ts';
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
  /** Fires when the server stops or the journal is lost: the host is left as it is, for whoever takes it up again. */
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
   * Runs the kind on the host, or judges what an earlier server had begun. Resolves once the outcome is on disk and the
   * host is tidied up, or without an outcome when the signal fires.
   */
  async run(): Promise<void> {
    const { journal, kind } = this.#options;
    const resumed = this.#record?.state === 'running';
    await journal.append({ type: resumed ? 'host_resumed' : 'host_started', host: this.address });
    const outcome = await this.#work(this.#record?.intent ?? null);
    if (outcome === undefined) return;
    const untidy = kind.afterwards !== undefined && this.#record?.intent !== null;
    await journal.append({ type: 'host_ended', host: this.address, ...outcome, untidy });
    await this.tidyUp();
  }

  /**
   * Tidies up after the outcome, if that is still to be done. One attempt for each server: a machine that cannot be
   * reached any more must not hold up the others.
   */
  async tidyUp(): Promise<void> {
    const { journal, kind, logger } = this.#options;
    const record = this.#record;
    if (!record?.untidy) return;
    try {
      await kind.afterwards?.(this, record);
    } catch (error) {
      if (this.signal.aborted) return;
      const details = { operation: this.operation, host: this.address, error: describeError(error) };
      logger.warn(details, 'tidying up failed');
      return;
    }
    await journal.append({ type: 'host_tidied', host: this.address });
  }

  outputBytes(): number {
    return this.#record?.output_bytes ?? 0;
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

  get #record(): HostRecord | undefined {
    return this.#options.journal.state.hosts.get(this.address);
  }

  /** Undefined when the host is to be left as it is. */
  async #work(intent: Intent | null): Promise<HostOutcome | undefined> {
    const { kind, journal, logger } = this.#options;
    const { parameters } = journal.state.operation;
    try {
      return await (intent === null ? kind.run(this, parameters) : kind.judge(this, parameters, intent));
    } catch (error) {
      if (this.signal.aborted) return undefined;
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
