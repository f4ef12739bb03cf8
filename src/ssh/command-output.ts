import type { Readable } from 'node:stream';
import { AfterMark } from './after-mark.ts';
import { startMarks } from './login-shell.ts';
import type { ExecOptions } from './session.ts';

const defaultCollected = 1024 * 1024;

/**
 * The output of one command: passed on in order, one call at a time, or collected. What comes before the start marks is
 * not of the command.
 */
export class CommandOutput {
  readonly #started = { stdout: new AfterMark(startMarks.stdout), stderr: new AfterMark(startMarks.stderr) };
  readonly #onOutput: ExecOptions['onOutput'];
  readonly #collected: Record<'stdout' | 'stderr', Collected>;
  readonly #failure = Promise.withResolvers<never>();
  #handling: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor({ onOutput, maxCollected = defaultCollected }: Pick<ExecOptions, 'onOutput' | 'maxCollected'>) {
    this.#onOutput = onOutput;
    this.#collected = { stdout: new Collected(maxCollected), stderr: new Collected(maxCollected) };
    this.#failure.promise.catch(() => undefined);
  }

  /** Rejects with what `onOutput` threw. */
  get failure(): Promise<never> {
    return this.#failure.promise;
  }

  get truncated(): boolean {
    return this.#collected.stdout.truncated || this.#collected.stderr.truncated;
  }

  /** Whether the command printed a start mark. A startup file may have led one of the streams elsewhere. */
  get started(): boolean {
    return this.#started.stdout.found || this.#started.stderr.found;
  }

  /** The beginning of what startup files and the login shell printed. */
  get before(): string {
    const { stdout, stderr } = this.#started;
    return [stderr.before, stdout.before]
      .map((text) => text.trim())
      .filter(Boolean)
      .join('; ');
  }

  text(from: 'stdout' | 'stderr'): string {
    return this.#collected[from].text();
  }

  /** Resolves when the stream has ended and all of it was passed on. */
  take(source: Readable, from: 'stdout' | 'stderr'): Promise<void> {
    source.on('data', (received: Buffer) => {
      const chunk = this.#started[from].take(received);
      if (chunk.length === 0) return;
      if (this.#onOutput === undefined) return this.#collected[from].add(chunk);
      // Reading pauses, so that a slow consumer slows the machine down instead of filling memory.
      source.pause();
      this.#handling = this.#handling
        .then(() => this.#hand(chunk, from))
        .then(() => void (this.#stopped || source.resume()));
    });
    return new Promise((resolve) => source.once('end', resolve));
  }

  /** Passes on nothing more. Resolves when the running call has returned. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#handling;
  }

  async #hand(chunk: Uint8Array, from: 'stdout' | 'stderr'): Promise<void> {
    if (this.#stopped) return;
    try {
      await this.#onOutput?.(chunk, from);
    } catch (error) {
      this.#stopped = true;
      this.#failure.reject(error);
    }
  }
}

/** The first bytes of a stream, and whether there were more. */
class Collected {
  truncated = false;
  readonly #chunks: Uint8Array[] = [];
  #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  add(chunk: Uint8Array): void {
    const kept = chunk.subarray(0, this.#room);
    this.truncated ||= kept.length < chunk.length;
    this.#room -= kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
