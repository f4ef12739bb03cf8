import { existsSync, readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
}

/** The most memory that a process had at any time, in bytes: with the pages of the files that it has mapped. */
export function peakMemory(process: Process): number {
  return kilobytes(process, 'VmHWM') * 1024;
}

/** Watches what a process holds for itself, without the pages of its store, until `end` or until it is disposed. */
export class OwnMemory implements Disposable {
  readonly #process: Process;
  readonly #timer: NodeJS.Timeout;
  #peak = 0;

  constructor(process: Process) {
    this.#process = process;
    this.#look();
    this.#timer = setInterval(() => {
      // A process that has ended is for others to tell of.
      if (existsSync(`/proc/${process.pid}/status`)) this.#look();
    }, 50);
  }

  /** The most that was seen, in bytes. To be called while the process is there. */
  end(): number {
    this[Symbol.dispose]();
    this.#look();
    return this.#peak;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, kilobytes(this.#process, 'RssAnon') * 1024);
  }
}

function kilobytes({ pid }: Process, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(found);
}
