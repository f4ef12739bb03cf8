import { Value } from '@sinclair/typebox/value';
import { Credentials, defaultUser } from '../inventory/credentials.ts';
import { AppError } from '../lib/errors.ts';
import { parsePrivateKey } from '../ssh/private-key.ts';
import type { Custodia, NoSecret } from './custodia/secret.ts';
import { addressOf } from './installation.ts';
import { HostCredsRecord, type HostRecord, parseRecord } from './records.ts';

/** How the original logs in to a host. */
export interface Login {
  /** The private key file, base64. */
  readonly ssh_priv_key: string;
  readonly remote_user: string;
}

/** Finds how the original logs in to its hosts, and checks that it can be used. */
export class Logins {
  readonly #custodia: Custodia;
  /** Many hosts share a key, and reading one is slow: why each cannot be used. */
  readonly #keys = new Map<string, string | undefined>();

  constructor(custodia: Custodia) {
    this.#custodia = custodia;
  }

  /** From Custodia; for a host of version 0.0.1 from its own record. @throws AppError `custodia_unreadable` */
  async of(address: string, host: HostRecord): Promise<Login | NoSecret> {
    const isOwn = host.ssh_priv_key !== undefined && host.ssh_priv_key !== '';
    return this.#usable(isOwn ? host : await this.#kept(address));
  }

  async #kept(address: string): Promise<HostCredsRecord | NoSecret> {
    const secret = await this.#custodia.secret(address);
    if (typeof secret !== 'string') return secret;
    const parsed = parseRecord(HostCredsRecord, secret);
    if ('reason' in parsed) return { reason: `its credentials are not as the original stores them: ${parsed.reason}` };
    const { address: own } = parsed.record;
    if (own === undefined || addressOf(own) === address) return parsed.record;
    return { reason: 'its credentials are those of another host' };
  }

  #usable(found: HostCredsRecord | NoSecret): Login | NoSecret {
    if ('reason' in found) return found;
    const { ssh_priv_key = '', remote_user = defaultUser } = found;
    if (ssh_priv_key === '') return { reason: 'its credentials have no private key' };
    const fault = this.#fault(ssh_priv_key);
    if (fault !== undefined) return { reason: fault };
    if (Value.Check(Credentials.properties.remote_user, remote_user)) return { ssh_priv_key, remote_user };
    return { reason: 'the remote_user of its credentials is no name of a user' };
  }

  #fault(key: string): string | undefined {
    if (!this.#keys.has(key)) this.#keys.set(key, faultOf(key));
    return this.#keys.get(key);
  }
}

function faultOf(key: string): string | undefined {
  try {
    parsePrivateKey(key);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `its private key cannot be used: ${error.message}`;
  }
}
