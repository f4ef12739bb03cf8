import { readFileSync } from 'node:fs';

interface Process {
  readonly pid: number;
}

/** The most memory that a process had at any time, in bytes: with the pages of the files that it has mapped. */
export function peakMemory(process: Process): number {
  return kilobytes(process, 'VmHWM') * 1024;
}

/** Watches what a process holds for itself, without the pages of its store. */
export class OwnMemory implements Disposable {
  #peak = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(process: Process) {
    this.#timer = setInterval(() => {
      this.#peak = Math.max(this.#peak, kilobytes(process, 'RssAnon') * 1024);
    }, 50);
  }

  /** The most that was seen, in bytes. */
  get peak(): number {
    return this.#peak;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function kilobytes({ pid }: Process, field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(found);
}
