import { boundedText } from '../../lib/bounded-text.ts';
import { AppError, describeError } from '../../lib/errors.ts';
import { withoutProxy } from '../../lib/proxies.ts';
import type { Custodia, NoSecret } from './secret.ts';

/** Milliseconds, as the original allows them (contract 11.3). */
const deadlineMs = 5_000;
/** The most bytes of the credentials of a host. */
const mostBytes = 1024 * 1024;

/** A running Custodia, asked as the original asks it (contract 11.3). */
export class RunningCustodia implements Custodia {
  readonly #socket: string;

  /** @param socket the path of its Unix socket */
  constructor(socket: string) {
    this.#socket = socket;
  }

  async secret(address: string): Promise<string | NoSecret> {
    const response = await this.#get(address);
    if (response.ok) return boundedText(response, mostBytes);
    if (response.status === 404) return { reason: 'Custodia has no credentials for it' };
    return { reason: `Custodia answers ${response.status} when asked for its credentials` };
  }

  async #get(address: string): Promise<Response> {
    try {
      return await fetch(`http://custodia/secrets/hosts/${encodeURIComponent(address)}`, {
        headers: { accept: 'application/octet-stream', remote_user: 'commissaire' },
        unix: this.#socket,
        signal: AbortSignal.timeout(deadlineMs),
        ...withoutProxy,
      });
    } catch (error) {
      throw new AppError(
        'custodia_unreadable',
        `Custodia does not answer on ${this.#socket}: ${describeError(error)}`,
        {
          hint: 'is it running, and may you open its socket? Without it, give its master key with --custodia-key',
          cause: error,
        },
      );
    }
  }
}
