import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Terminal } from '../terminal.ts';
import type { Candidate } from './candidates.ts';

/** Milliseconds that an answer of the server serves for. */
const fresh = 5_000;
/** Milliseconds after which a file is removed. */
const kept = 60_000;

/** Answers of the server for the next presses of the tab key, in files that only their owner can read. */
export class CandidateCache {
  readonly #directory: string;
  readonly #clock: Clock;

  /** In `$XDG_RUNTIME_DIR`, else in `$XDG_CACHE_HOME`, else in `~/.cache`. */
  constructor({ environment, homeDirectory }: Pick<Terminal, 'environment' | 'homeDirectory'>, clock: Clock) {
    const parent = environment.XDG_RUNTIME_DIR || environment.XDG_CACHE_HOME || join(homeDirectory, '.cache');
    this.#directory = join(parent, 'commissaire', 'completion');
    this.#clock = clock;
  }

  /** The stored answer to a question; undefined when there is none that is fresh. */
  async find(question: readonly unknown[]): Promise<readonly Candidate[] | undefined> {
    try {
      const { at, candidates }: { at: unknown; candidates: unknown } = JSON.parse(
        await readFile(this.#pathOf(question), 'utf8'),
      );
      const age = this.#clock.now().getTime() - Number(at);
      return age >= 0 && age < fresh && Array.isArray(candidates) ? candidates.filter(isCandidate) : undefined;
    } catch {
      return undefined;
    }
  }

  /** A failure to write only means that the next question goes to the server. */
  async keep(question: readonly unknown[], candidates: readonly Candidate[]): Promise<void> {
    const path = this.#pathOf(question);
    const unfinished = `${path}.${crypto.randomUUID()}`;
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const { mode, uid } = await stat(this.#directory);
      if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) return;
      await this.#removeOld();
      await writeFile(unfinished, JSON.stringify({ at: this.#clock.now().getTime(), candidates }), {
        mode: 0o600,
        flag: 'wx',
      });
      await rename(unfinished, path);
    } catch {
      await rm(unfinished, { force: true }).catch(() => undefined);
    }
  }

  #pathOf(question: readonly unknown[]): string {
    return join(this.#directory, `${createHash('sha256').update(JSON.stringify(question)).digest('hex')}.json`);
  }

  async #removeOld(): Promise<void> {
    const until = this.#clock.now().getTime() - kept;
    for (const name of await readdir(this.#directory)) {
      const path = join(this.#directory, name);
      if ((await stat(path)).mtimeMs < until) await rm(path, { force: true });
    }
  }
}

function isCandidate(value: unknown): value is Candidate {
  if (typeof value !== 'object' || value === null || !('word' in value) || !('summary' in value)) return false;
  return typeof value.word === 'string' && typeof value.summary === 'string';
}
