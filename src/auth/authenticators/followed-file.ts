import { statSync } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';
import { describeError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/logger.ts';

export interface FollowedFileOptions<Content> {
  readonly path: string;
  /** Reads the file and throws when it cannot be used. */
  readonly read: () => Content;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Shortest time between two checks of the file. */
const intervalMs = 1000;

/**
 * The content of a file, read again after a change, whether in place or by a replacement. While the file cannot be
 * used, its last content counts.
 */
export class FollowedFile<Content> {
  readonly #options: FollowedFileOptions<Content>;
  #content: Content;
  #fingerprint: string;
  #looked: number;

  /** @throws what `read` throws */
  constructor(options: FollowedFileOptions<Content>) {
    this.#options = options;
    this.#looked = options.clock.monotonic();
    // Taken before the read, so that the next check sees a change in between.
    this.#fingerprint = fingerprintOf(options.path);
    this.#content = options.read();
  }

  current(): Content {
    const { path, read, clock, logger } = this.#options;
    const now = clock.monotonic();
    if (now - this.#looked < intervalMs) return this.#content;
    this.#looked = now;
    const fingerprint = fingerprintOf(path);
    if (fingerprint === this.#fingerprint) return this.#content;
    this.#fingerprint = fingerprint;
    try {
      this.#content = read();
      logger.info({ file: path }, 'the file has changed and counts as it is now');
    } catch (error) {
      const reason = describeError(error);
      logger.error({ file: path, reason }, 'the file has changed and cannot be used: what it said before counts');
    }
    return this.#content;
  }
}

/** Differs when the file was changed or replaced. */
function fingerprintOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch {
    return 'not there';
  }
}
