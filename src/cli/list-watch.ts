import { ProblemError } from '../client/problem-error.ts';
import { transientReason } from '../client/transient.ts';
import { abortable } from '../lib/abortable.ts';
import { type Captured, captured } from './captured.ts';
import type { Context } from './context.ts';
import { exitCode } from './exit-code.ts';
import { checkLines } from './formats.ts';
import { Interrupted } from './interrupted.ts';
import { Patience } from './patience.ts';
import { RecordChanges } from './record-changes.ts';
import { Redrawn } from './redrawn.ts';

/** The option of lists that are shown again. */
export const watch = {
  type: 'flag',
  short: 'w',
  summary: 'show the list again whenever it changes, until Ctrl-C; with -o json a line for each change',
} as const;

export interface Watching {
  readonly watch: boolean;
  /** The events after which the list may have changed. */
  readonly filter: readonly string[];
  /** Shows the list once. */
  readonly show: (context: Context) => Promise<number>;
}

/** Milliseconds between two looks at the list, at least; and before the events are followed again. */
const pause = 500;
/** Milliseconds until the list is read without an event: some changes, such as the time of a check, have none. */
const longest = 10_000;
/** The same for a caller who may not read events. */
const longestWithoutEvents = 2_000;

/**
 * Shows a list once, or with `--watch` again and again: on a terminal in place, within its height; elsewhere only when
 * it has changed. With JSON each added, changed or removed record is a line.
 *
 * @throws Interrupted on Ctrl-C; what `show` throws
 */
export async function watching(context: Context, { watch, filter, show }: Watching): Promise<number> {
  if (!watch) return show(context);
  checkLines(context);
  using interruption = context.terminal.interruption();
  const { signal } = interruption;
  const { clock } = context;
  const view = viewFor(context);
  const patience = new Patience(clock);
  using ended = new Ended();
  const news = new News(context, filter, AbortSignal.any([signal, ended.signal]));
  try {
    for (;;) {
      news.forget();
      const asked = clock.monotonic();
      const attempt = await abortable(
        patience.attempt(() => captured(context, show)),
        signal,
      );
      if (attempt.kind === 'lost') await view.lost(attempt.note, attempt.isFirst);
      else if (!(await view.show(attempt.value))) return exitCode.done;
      // A list of ten thousand records is work for the server: it must not be kept busy.
      await clock.sleep(Math.max(pause, (clock.monotonic() - asked) * 5), signal);
      await news.orAfter(news.isPossible ? longest : longestWithoutEvents);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted('');
  }
}

interface View {
  /** False when the reader has closed the output. */
  show(list: Captured): Promise<boolean>;
  lost(note: string, isFirst: boolean): Promise<void>;
}

function viewFor(context: Context): View {
  if (context.format === 'json') return new ChangedRecords(context);
  return context.terminal.stdout.isTerminal ? new InPlace(context) : new WhenChanged(context);
}

class InPlace implements View {
  readonly #frame: Redrawn;
  #last: Captured = { out: [], notes: [] };

  constructor({ terminal }: Context) {
    this.#frame = new Redrawn(terminal.stdout);
  }

  show(list: Captured): Promise<boolean> {
    this.#last = list;
    return this.#frame.draw([...list.notes, ...list.out]);
  }

  async lost(note: string): Promise<void> {
    await this.#frame.draw([{ text: note }, ...this.#last.out]);
  }
}

/** For a file or a pipe: the same text is not written twice. */
class WhenChanged implements View {
  readonly #context: Context;
  #written: string | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  async show({ out, notes }: Captured): Promise<boolean> {
    const text = textOf(out);
    if (text === this.#written) return true;
    const { terminal, format } = this.#context;
    const between = format === 'yaml' ? '---\n' : '\n';
    const isFirst = this.#written === undefined;
    this.#written = text;
    await terminal.stderr.write(textOf(notes));
    return terminal.stdout.write(`${isFirst ? '' : between}${text}`);
  }

  async lost(note: string, isFirst: boolean): Promise<void> {
    if (isFirst) await this.#context.terminal.stderr.write(`${note}\n`);
  }
}

class ChangedRecords implements View {
  readonly #context: Context;
  readonly #changes = new RecordChanges();

  constructor(context: Context) {
    this.#context = context;
  }

  async show({ out }: Captured): Promise<boolean> {
    const records: unknown = JSON.parse(textOf(out));
    const lines = this.#changes.next(Array.isArray(records) ? records : [records]);
    return (
      lines.length === 0 ||
      this.#context.terminal.stdout.write(textOf(lines.map((line) => ({ text: JSON.stringify(line) }))))
    );
  }

  async lost(note: string, isFirst: boolean): Promise<void> {
    if (isFirst) await this.#context.terminal.stderr.write(`${note}\n`);
  }
}

function textOf(lines: Captured['out']): string {
  return lines.map(({ text }) => `${text}\n`).join('');
}

/** Fires when the command ends. */
class Ended implements Disposable {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;

  [Symbol.dispose](): void {
    this.#controller.abort(new Error('nobody watches any more'));
  }
}

/** Follows the events, over lost connections, and remembers that there was one. */
class News {
  readonly #context: Context;
  readonly #filter: readonly string[];
  readonly #signal: AbortSignal;
  #came = Promise.withResolvers<void>();
  #isPossible = true;

  constructor(context: Context, filter: readonly string[], signal: AbortSignal) {
    this.#context = context;
    this.#filter = filter;
    this.#signal = signal;
    this.#follow().catch(() => {
      // Polling still works.
      this.#isPossible = false;
    });
  }

  /** Whether the server tells of changes. */
  get isPossible(): boolean {
    return this.#isPossible;
  }

  /** What came before the next reading of the list does not matter. */
  forget(): void {
    this.#came = Promise.withResolvers();
  }

  /** Resolves after an event that came since `forget`, or after the time. @throws the reason of the signal */
  async orAfter(ms: number): Promise<void> {
    const over = new AbortController();
    const sleep = this.#context.clock.sleep(ms, AbortSignal.any([this.#signal, over.signal]));
    try {
      await Promise.race([sleep, this.#came.promise]);
    } finally {
      over.abort(new Error('an event came'));
      await sleep.catch(() => undefined);
    }
    this.#signal.throwIfAborted();
  }

  async #follow(): Promise<void> {
    const client = await this.#context.connect({ onFailover: () => {} });
    for (;;) {
      try {
        const messages = await client.events.follow({ filter: this.#filter }, this.#signal);
        // What happened before the server began to tell would be missed.
        this.#came.resolve();
        for await (const { kind } of messages) if (kind !== 'position') this.#came.resolve();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof ProblemError && transientReason(error) === undefined) throw error;
      }
      await this.#context.clock.sleep(pause, this.#signal);
    }
  }
}
