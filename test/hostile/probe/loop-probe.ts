import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Asks a server all the time whether it lives, from a process of its own, so that nothing the test does delays it. */
export class LoopProbe implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(url: string) {
    this.#process = spawn(process.execPath, [join(import.meta.dirname, 'asking.ts'), url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdout } = this.#process;
    if (stdout === null) throw new Error('the probe has no output');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** The longest that the server took to answer since this was asked before, in milliseconds. */
  async worst(): Promise<number> {
    this.#process.stdin?.write('\n');
    const { value } = await this.#lines.next();
    return Number(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin?.end();
    await this.#lines.return?.();
  }
}
