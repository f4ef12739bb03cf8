import { compactDecrypt } from 'jose';
import { describeError } from '../../lib/errors.ts';
import type { Custodia, NoSecret } from './secret.ts';

/** The algorithms that Custodia's `master_enctype` names (RFC 7518, 5.2). */
const contentEncryptionAlgorithms = ['A256CBC-HS512', 'A128CBC-HS256'];

/** The secrets that Custodia sealed in the tree, opened with its master key. */
export class SealedSecrets implements Custodia {
  readonly #sealed: ReadonlyMap<string, string>;
  readonly #key: Uint8Array | undefined;

  /**
   * @param sealed what the tree has at `keys/hosts/<address>`, by address: JWE in compact form
   * @param key the master key; undefined when none is given
   */
  constructor(sealed: ReadonlyMap<string, string>, key: Uint8Array | undefined) {
    this.#sealed = sealed;
    this.#key = key;
  }

  async secret(address: string): Promise<string | NoSecret> {
    const sealed = this.#sealed.get(address);
    if (sealed === undefined) return { reason: 'Custodia has no credentials for it' };
    if (this.#key === undefined) {
      return { reason: 'its credentials are sealed, and no master key is given (--custodia-key)' };
    }
    try {
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, this.#key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms,
      });
      // Newer versions name the key in the header, so that nobody can exchange two secrets.
      const named = protectedHeader['custodia.key'];
      if (named !== undefined && named !== `keys/hosts/${address}`) {
        return { reason: `its credentials were sealed for ${JSON.stringify(named)}` };
      }
      return Buffer.from(new TextDecoder().decode(plaintext), 'base64').toString('utf8');
    } catch (error) {
      return { reason: `its credentials cannot be opened with this master key (${describeError(error)})` };
    }
  }
}
