import { AppError } from '../lib/errors.ts';
import { Semaphore } from '../lib/semaphore.ts';
import type { KeyFile } from './key-file.ts';
import { isPassphrase, passphraseLater } from './passphrase.ts';

/** Another passphrase for the master key. */
export interface NewPassphrase {
  /** The present one; needed when there is one. */
  readonly current?: string | undefined;
  /** The one that counts from now on; undefined for none. */
  readonly next: string | undefined;
}

/** Changes the passphrase of a master key that is in use. */
export class PassphraseChange {
  readonly #keyFile: KeyFile;
  /** Each derivation takes 128 MiB, so there is one change at a time. */
  readonly #turns = new Semaphore(1);

  constructor(keyFile: KeyFile) {
    this.#keyFile = keyFile;
  }

  /**
   * Resolves when the key file is on disk with the next passphrase. The keys themselves stay, so nothing is sealed
   * again.
   *
   * @throws AppError `invalid_member` when `current` is missing or wrong, `store_unusable` when the file cannot be
   *   written: then the present passphrase still counts
   */
  async change({ current, next }: NewPassphrase): Promise<void> {
    const release = await this.#turns.acquire();
    try {
      await this.#checkCurrent(current);
      this.#keyFile.wrapBy(next === undefined ? undefined : await passphraseLater(next));
    } finally {
      release();
    }
  }

  async #checkCurrent(current: string | undefined): Promise<void> {
    const { wrapping } = this.#keyFile;
    if (wrapping === undefined) return;
    if (current !== undefined && (await isPassphrase(current, wrapping))) return;
    const what = current === undefined ? 'the present passphrase was not given' : 'this is not its present passphrase';
    throw new AppError('invalid_member', `the passphrase of the master key was not changed: ${what}`, {
      hint: 'give the passphrase with which the server was started',
      details: { member: '/current' },
    });
  }
}
