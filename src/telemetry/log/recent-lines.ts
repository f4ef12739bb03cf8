import type { LogFilter, LogLine, LogReader } from '../../lib/log-reader.ts';
import { rankOf } from './thresholds.ts';

const defaultBytes = 1024 * 1024;

interface Kept {
  readonly sequence: number;
  /** The line as JSON. */
  readonly text: string;
}

/** The newest lines of the log, bounded in bytes, for those who read them over the API. */
export class RecentLines implements LogReader {
  readonly #bytes: number;
  #kept: Kept[] = [];
  /** The place of the oldest line that is kept. */
  #first = 0;
  #size = 0;
  #sequence = 0;
  readonly #listeners = new Set<() => void>();

  constructor(bytes = defaultBytes) {
    this.#bytes = bytes;
  }

  /** @param text one line of JSON */
  add(text: string): void {
    this.#sequence += 1;
    this.#kept.push({ sequence: this.#sequence, text });
    this.#size += text.length;
    while (this.#size > this.#bytes && this.#kept.length - this.#first > 1) {
      this.#size -= this.#kept[this.#first]?.text.length ?? 0;
      this.#first += 1;
    }
    if (this.#first > 1_000 && this.#first > this.#kept.length / 2) {
      this.#kept = this.#kept.slice(this.#first);
      this.#first = 0;
    }
    for (const listener of this.#listeners) listener();
  }

  get newest(): number {
    return this.#sequence;
  }

  newestLines(filter: LogFilter, limit: number): LogLine[] {
    const found: LogLine[] = [];
    for (let at = this.#kept.length - 1; at >= this.#first && found.length < limit; at -= 1) {
      const line = matching(this.#kept[at], filter);
      if (line !== undefined) found.push(line);
    }
    return found.reverse();
  }

  linesAfter(sequence: number, filter: LogFilter, limit: number): { lines: LogLine[]; reached: number } {
    const lines: LogLine[] = [];
    const oldest = this.#kept[this.#first]?.sequence ?? this.#sequence + 1;
    let reached = Math.max(sequence, oldest - 1);
    for (let at = this.#first + reached + 1 - oldest; at < this.#kept.length && lines.length < limit; at += 1) {
      const kept = this.#kept[at];
      if (kept === undefined) break;
      reached = kept.sequence;
      const line = matching(kept, filter);
      if (line !== undefined) lines.push(line);
    }
    return { lines, reached };
  }

  onLine(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}

function matching(kept: Kept | undefined, filter: LogFilter): LogLine | undefined {
  if (kept === undefined) return undefined;
  const line: LogLine = { ...JSON.parse(kept.text), line: kept.sequence };
  const { level, since } = filter;
  if (level !== undefined && rankOf(line.level) < rankOf(level)) return undefined;
  if (since !== undefined && line.time < since) return undefined;
  for (const member of ['module', 'operation', 'requestId', 'logToken'] as const) {
    if (filter[member] !== undefined && line[member] !== filter[member]) return undefined;
  }
  return line;
}
