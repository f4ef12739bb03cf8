import { createHash, type Hash } from 'node:crypto';
import type { HostRecord } from './fold.ts';

/** Digests of what each host in flight has printed since its first byte. */
export class OutputDigests {
  readonly #digests = new Map<string, { hash: Hash; bytes: number }>();

  /** @param offset of the chunk in the whole output of the host */
  add(address: string, offset: number, kept: Uint8Array): void {
    if (offset === 0) this.#digests.set(address, { hash: createHash('sha256'), bytes: 0 });
    const digest = this.#digests.get(address);
    // A digest needs the output from its first byte; output that an earlier server stored is not read again for it.
    if (digest?.bytes !== offset) return;
    digest.hash.update(kept);
    digest.bytes += kept.length;
  }

  /** The record of a host that has ended, with the digest of its stored output where that is known. */
  finished(host: HostRecord): HostRecord {
    const digest = this.#digests.get(host.address);
    this.#digests.delete(host.address);
    if (digest?.bytes !== (host.log_bytes ?? host.output_bytes)) return host;
    return { ...host, output_digest: digest.hash.digest('base64') };
  }
}
