import { AppError, describeError } from '../lib/errors.ts';
import { inScope } from '../lib/scope-of-work.ts';
import { noTracer, type Tracer } from '../lib/tracing.ts';
import type { HostOutcome, NewEntry } from './entry.ts';
import type { HostRecord } from './fold.ts';
import { type HostWork, type Step, succeeded } from './kind.ts';

export interface HostStepsOptions {
  /** At least one. */
  steps: readonly Step[];
  work: HostWork;
  /** The record of the host as it is now. */
  record: () => HostRecord | undefined;
  append: (entry: NewEntry) => Promise<void>;
  tracer?: Tracer | undefined;
}

/**
 * The steps of a kind on one host. The journal says which step is current, so that another server continues there. The
 * first step needs no entry, so a kind of one step writes none.
 */
export class HostSteps {
  readonly #options: HostStepsOptions;
  #at: number;

  constructor(options: HostStepsOptions) {
    this.#options = options;
    this.#at = this.#reached;
  }

  /** Names what the current step runs on the machine. */
  get runId(): string {
    return `${this.#options.work.operation}.${this.#step.name}`;
  }

  /**
   * Runs the steps from the current one on. A step with an intent was started by an earlier server, or by this one
   * before it lost the machine; it is judged.
   *
   * @throws what the steps throw
   */
  async run(): Promise<HostOutcome> {
    const { steps, work, append } = this.#options;
    for (this.#at = this.#reached; ; this.#at += 1) {
      const intent = this.#record?.intent ?? null;
      const step = () => (intent === null ? this.#step.run(work) : this.#step.judge(work, intent));
      const outcome = await this.#traced(step);
      if (outcome.state !== 'succeeded') return outcome;
      const exit_code = outcome.exit_code ?? this.#record?.step?.exit_code ?? null;
      const next = steps[this.#at + 1];
      if (next === undefined) return succeeded(exit_code);
      const untidy = this.leavesBehind();
      const { address: host } = work;
      await append({ type: 'host_step', host, step: this.#at + 1, name: next.name, exit_code, untidy });
    }
  }

  async #traced(step: () => Promise<HostOutcome>): Promise<HostOutcome> {
    const { tracer = noTracer } = this.#options;
    if (!tracer.isOn) return step();
    const span = tracer.start(`step ${this.#step.name}`);
    try {
      const outcome = await inScope({ span: span.place }, step);
      if (outcome.error !== null) span.fail(outcome.error.code);
      return outcome;
    } catch (error) {
      span.fail(error instanceof AppError ? error.code : 'internal_error');
      throw error;
    } finally {
      span.end();
    }
  }

  /** Ends what the current step runs on the host, if it runs something. @throws what the step throws */
  async end(why: 'cancelled' | 'timed_out'): Promise<void> {
    const intent = this.#record?.intent ?? null;
    if (intent !== null) await this.#step.end?.(this.#options.work, intent, why);
  }

  /** Whether something must be tidied up on the host when it ends now. */
  leavesBehind(): boolean {
    const { intent = null, step } = this.#record ?? {};
    if (step?.untidy === true) return true;
    return this.#step.afterwards !== undefined && intent !== null && (this.#step.leavesBehind?.(intent) ?? true);
  }

  /** Whether steps must be undone when the host ends with this outcome. */
  mustUndo({ state }: HostOutcome): boolean {
    if (this.#record?.undo !== undefined) return true;
    return (state === 'failed' || state === 'cancelled' || state === 'unreachable') && this.#lastToUndo() !== undefined;
  }

  /**
   * Undoes the steps that were started, the last one first, and continues where an earlier server stopped. When a step
   * cannot be undone, the outcome says so, and the steps before it are still undone.
   *
   * @param isStopping whether the server stops: the next server undoes the rest
   * @returns the outcome of the host; undefined when the server stops
   */
  async undo(outcome: HostOutcome, isStopping: () => boolean): Promise<HostOutcome | undefined> {
    const { steps, work, append } = this.#options;
    const { address: host } = work;
    if (this.#record?.undo === undefined) {
      const last = this.#lastToUndo();
      if (last === undefined) return outcome;
      await append({ type: 'host_undo', host, step: last, name: steps[last]?.name ?? '', outcome });
    }
    for (this.#at = this.#record?.undo?.step ?? -1; this.#at >= 0; this.#at -= 1) {
      if (this.#step.undo === undefined) continue;
      const error = await this.#undoOne(isStopping);
      if (isStopping()) return undefined;
      await append({ type: 'host_undone', host, step: this.#at, name: this.#step.name, error });
    }
    const undone = this.#record?.undo?.outcome ?? outcome;
    this.#at = this.#reached;
    return undone;
  }

  /** Tidies up after the steps that were started. @throws what the steps throw */
  async tidyUp(): Promise<void> {
    const record = this.#record;
    if (record === undefined) return;
    const reached = this.#reached;
    for (this.#at = 0; this.#at <= reached; this.#at += 1) {
      const isDone = this.#at < reached;
      await this.#step.afterwards?.(this.#options.work, isDone ? succeeded(record.step?.exit_code ?? 0) : record);
    }
    this.#at = reached;
  }

  async #undoOne(isStopping: () => boolean): Promise<HostOutcome['error']> {
    try {
      await this.#step.undo?.(this.#options.work);
      return null;
    } catch (error) {
      if (isStopping()) return null;
      const code = error instanceof AppError ? error.code : 'internal_error';
      return { code, message: describeError(error) };
    }
  }

  /** The last step that was started and can be undone. A step without an intent has changed nothing. */
  #lastToUndo(): number | undefined {
    const begun = this.#record?.intent == null ? this.#reached - 1 : this.#reached;
    const last = this.#options.steps.slice(0, begun + 1).findLastIndex((step) => step.undo !== undefined);
    return last < 0 ? undefined : last;
  }

  /** For an operation of an earlier build only the intent says which step is current. */
  get #reached(): number {
    const { intent = null, step } = this.#record ?? {};
    if (step !== undefined) return step.index;
    const owner = intent === null ? -1 : this.#options.steps.findIndex(({ acts }) => acts.includes(intent.act));
    return Math.max(0, owner);
  }

  get #step(): Step {
    const step = this.#options.steps[this.#at];
    if (step === undefined) throw new Error(`a kind of ${this.#options.steps.length} steps has no step ${this.#at}`);
    return step;
  }

  get #record(): HostRecord | undefined {
    return this.#options.record();
  }
}
