import { BackOff } from '../lib/back-off.ts';
import type { Clock } from '../lib/clock.ts';
import { Deadline } from '../lib/deadline.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { inScope } from '../lib/scope-of-work.ts';
import { noTracer, type Tracer } from '../lib/tracing.ts';
import type { Lease, SessionPool } from '../ssh/pool.ts';
import type { Target } from '../ssh/session.ts';
import type { LeftDown } from './budget.ts';
import type { Disruptions } from './disruptions.ts';
import type { HostOutcome, Intent } from './entry.ts';
import type { HostRecord } from './fold.ts';
import { type GateServices, passGates } from './gating.ts';
import { outcomeOf } from './host-outcome.ts';
import { HostSteps } from './host-steps.ts';
import type { Journal } from './journal.ts';
import type { HostWork, Step } from './kind.ts';
import type { Phase } from './operation.ts';
import { rebootTimeoutOfEarlierBuilds } from './reboot-timeouts.ts';
import type { Strategy } from './strategy.ts';

export interface HostRunOptions {
  journal: Journal;
  /** The steps of the operation's kind. */
  steps: readonly Step[];
  address: string;
  clock: Clock;
  pool: SessionPool;
  target: (address: string) => Promise<Target>;
  logger: Logger;
  tracer?: Tracer;
  /** What the gates ask. */
  gateServices: GateServices;
  strategy: Strategy;
  disruptions: Disruptions;
  /** Fires when the server stops or the journal is lost: the host is left as it is, for the server that resumes it. */
  signal: AbortSignal;
  /** Fires when what runs on the host must be ended. */
  ending: AbortSignal;
  /** Called when the host is not in flight any more. */
  release: () => void;
}

/** Time limit for ending what runs on a host. */
const endMs = 60_000;
/** The longest pause before a host is tried again. */
const longestBackOffMs = 300_000;
/** Time limit for undoing all steps of a host. */
const undoMs = 3_600_000;

/** One host of an operation, from its first connection to its outcome in the journal. */
export class HostRun implements HostWork {
  readonly operation: string;
  readonly reference: string;
  readonly address: string;
  readonly clock: Clock;
  readonly strategy: Strategy;
  readonly #options: HostRunOptions;
  readonly #steps: HostSteps;
  #signal: AbortSignal;
  /** Whether the last session could not be opened, or not yet. */
  #outOfReach = false;

  constructor(options: HostRunOptions) {
    const { journal, steps, address, clock, strategy, signal, ending, tracer } = options;
    const { id, number } = journal.state.operation;
    this.operation = id;
    this.reference = String(number);
    this.address = address;
    this.clock = clock;
    this.strategy = strategy;
    this.#options = options;
    this.#signal = AbortSignal.any([signal, ending]);
    this.#steps = new HostSteps({
      steps,
      work: this,
      tracer,
      record: () => this.#record,
      append: (entry) => journal.append(entry),
    });
  }

  get rebootTimeout(): number {
    return this.#record?.reboot_timeout ?? rebootTimeoutOfEarlierBuilds;
  }

  get runId(): string {
    return this.#steps.runId;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  /**
   * Runs the kind on the host, or judges what an earlier server had started. Resolves once the outcome is on disk and
   * the host is tidied up, or without an outcome when the server stops.
   */
  async run(): Promise<void> {
    const { tracer = noTracer } = this.#options;
    if (!tracer.isOn) return this.#run();
    const span = tracer.start('host', { attributes: { 'commissaire.host': this.address } });
    try {
      await inScope({ span: span.place }, () => this.#run());
    } finally {
      const { state, error } = this.#record ?? {};
      span.set({ 'commissaire.host.state': state });
      if (error != null) span.fail(error.code);
      span.end();
    }
  }

  async #run(): Promise<void> {
    const { journal, release } = this.#options;
    using _timeout = this.#startTimeout();
    try {
      const resumed = this.#record?.state === 'running';
      await journal.append({ type: resumed ? 'host_resumed' : 'host_started', host: this.address });
      const outcome = await this.#settled(this.#record?.undo?.outcome ?? (await this.#outcome()));
      if (outcome === undefined) return;
      const untidy = this.#steps.leavesBehind();
      const down = await this.#downAfter(outcome);
      await journal.append({ type: 'host_ended', host: this.address, ...outcome, untidy, ...down });
      this.#giveBack(down.down);
      await this.tidyUp();
    } finally {
      release();
    }
  }

  /**
   * The outcome, after the steps that must be undone were undone. Neither the timeout nor a cancellation interrupts
   * that.
   */
  async #settled(outcome: HostOutcome | undefined): Promise<HostOutcome | undefined> {
    if (outcome === undefined || !this.#steps.mustUndo(outcome)) return outcome;
    const { signal } = this.#options;
    this.#signal = AbortSignal.any([signal, AbortSignal.timeout(undoMs)]);
    return this.#steps.undo(outcome, () => signal.aborted);
  }

  /** What the outcome changes about the host being down; empty when it changes nothing. */
  async #downAfter({ state }: HostOutcome): Promise<{ down?: LeftDown['why'] | null }> {
    const wasDown = await this.#options.disruptions.isLeftDown(this.address);
    if (state === 'unreachable') return { down: 'unreachable' };
    if (state === 'succeeded') return wasDown ? { down: null } : {};
    const phase = this.#record?.phase;
    // An outcome in any other phase is a failure of the act and says nothing about the host.
    return phase === 'rebooting' || phase === 'gating' ? { down: 'unhealthy' } : {};
  }

  #giveBack(down: LeftDown['why'] | null | undefined): void {
    const { disruptions } = this.#options;
    if (down !== undefined) {
      disruptions.leave(this.address, down === null ? null : { operation: this.operation, why: down });
    }
    disruptions.giveBack(this.address, this.operation);
  }

  /** The timeout of the machine counts from now, again on each server. */
  #startTimeout(): Disposable | undefined {
    const { signal, ending } = this.#options;
    const { timeout } = this.strategy;
    if (timeout === 0) return undefined;
    const tooLong = new Deadline(timeout * 1000, () => tookTooLong(this.address, timeout, this.#record?.phase));
    this.#signal = AbortSignal.any([signal, ending, tooLong.signal]);
    return tooLong;
  }

  /**
   * Tidies up after the outcome, if that is still to be done. Each server tries once: an unreachable machine must not
   * hold up the others.
   */
  async tidyUp(): Promise<void> {
    const { journal, logger, signal } = this.#options;
    if (!this.#record?.untidy) return;
    // Neither the timeout nor a cancellation interrupts tidying up.
    this.#signal = signal;
    try {
      await this.#steps.tidyUp();
    } catch (error) {
      if (signal.aborted) return;
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

  intend(intent: Intent, phase?: Phase): Promise<void> {
    const { journal } = this.#options;
    const host = this.address;
    const begun = phase === undefined ? [] : [{ type: 'host_phase', host, phase } as const];
    return journal.append({ type: 'host_intent', host, intent }, ...begun);
  }

  output(chunk: Uint8Array): Promise<void> {
    return this.#options.journal.output(this.address, chunk);
  }

  async session(): Promise<Lease> {
    const { pool, target } = this.#options;
    this.#outOfReach = true;
    const lease = await pool.lend(await target(this.address), this.#signal);
    this.#outOfReach = false;
    return lease;
  }

  dropSessions(): void {
    this.#options.pool.drop(this.address);
  }

  get #record(): HostRecord | undefined {
    return this.#options.journal.state.hosts.get(this.address);
  }

  /** Whether the current step has an intent in the journal. */
  get #intended(): boolean {
    return (this.#record?.intent ?? null) !== null;
  }

  /** Tries again while the host is unreachable, as often as the strategy says. */
  async #outcome(): Promise<HostOutcome | undefined> {
    const { journal, signal } = this.#options;
    const { retries, retry_backoff } = this.strategy;
    const pauses = new BackOff({ first: retry_backoff * 1000, longest: longestBackOffMs });
    for (let retry = 0; ; retry += 1) {
      const outcome = await this.#work();
      if (outcome?.state !== 'unreachable' || retry >= retries) return outcome;
      await pauses.sleep(this.clock, this.#signal).catch(() => undefined);
      if (signal.aborted) return undefined;
      if (!this.#signal.aborted) await journal.append({ type: 'host_resumed', host: this.address });
    }
  }

  /** Undefined when the host must be left as it is. */
  async #work(): Promise<HostOutcome | undefined> {
    const { logger, signal } = this.#options;
    try {
      this.#signal.throwIfAborted();
      const outcome = await this.#steps.run();
      return outcome.state === 'succeeded' ? await this.#gated(outcome) : outcome;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (this.#signal.aborted) return this.#end(this.#signal.reason);
      if (!(error instanceof AppError)) {
        logger.error({ operation: this.operation, host: this.address, err: error }, 'a fault while working on a host');
      }
      return outcomeOf(error, { intended: this.#intended });
    }
  }

  /**
   * The outcome of a host after the kind is done: nothing runs there that would have to be ended, whatever the gates
   * say.
   */
  async #gated(outcome: HostOutcome): Promise<HostOutcome | undefined> {
    const { signal, ending, gateServices } = this.#options;
    try {
      await passGates(this, this.strategy, gateServices);
      return outcome;
    } catch (error) {
      if (signal.aborted) return undefined;
      const why = this.#signal.aborted ? this.#signal.reason : error;
      const state = ending.aborted ? 'cancelled' : 'failed';
      return { ...outcomeOf(why, { intended: true }), state, exit_code: outcome.exit_code };
    }
  }

  /** After a cancellation or the timeout: ends what still runs on the host, where its step can do that. */
  async #end(why: unknown): Promise<HostOutcome | undefined> {
    const { signal, ending } = this.#options;
    const neverReached = this.#outOfReach && !this.#intended;
    const ended = neverReached ? 'unreachable' : 'failed';
    const outcome: HostOutcome = {
      ...outcomeOf(why, { intended: true }),
      state: ending.aborted ? 'cancelled' : ended,
    };
    this.#signal = AbortSignal.any([signal, AbortSignal.timeout(endMs)]);
    try {
      await this.#steps.end(ending.aborted ? 'cancelled' : 'timed_out');
      return outcome;
    } catch (error) {
      if (signal.aborted) return undefined;
      const message = `${describeError(why)}, but what runs there could not be ended: ${describeError(error)}`;
      return { ...outcome, error: { code: 'outcome_unknown', message } };
    }
  }
}

function tookTooLong(address: string, timeout: number, phase: Phase = 'connecting'): AppError {
  return new AppError('timed_out', `${address} took longer than the ${timeout} s a machine may take (${phase})`, {
    hint: 'look at the machine; the timeout of the strategy says how long one may take',
  });
}
