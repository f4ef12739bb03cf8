import type { Readable } from 'node:stream';
import type { ExecOptions } from './session.ts';

const defaultCollected = 1024 * 1024;

/** The output of one command: passed on in order, one call at a time, or collected. */
export class CommandOutput {
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

  text(from: 'stdout' | 'stderr'): string {
    return this.#collected[from].text();
  }

  /** Resolves when the stream has ended and all of it was passed on. */
  take(source: Readable, from: 'stdout' | 'stderr'): Promise<void> {
    source.on('data', (chunk: Buffer) => {
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
