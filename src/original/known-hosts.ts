import { createHmac } from 'node:crypto';
import { fingerprint } from '../ssh/private-key.ts';
import { addressOf } from './installation.ts';

/** The types of host keys, the one to pin first. */
const preferred = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'];

interface Line {
  readonly names: readonly string[];
  readonly type: string;
  readonly key: Buffer;
}

/** The host keys of a known_hosts file (sshd(8)), for hosts on port 22. Certificate authorities are left out. */
export class KnownHostKeys {
  readonly #named = new Map<string, Line[]>();
  readonly #hashed: Array<{ salt: Buffer; hash: string; line: Line }> = [];

  constructor(text: string) {
    for (const line of text.split(/\r?\n/).flatMap(linesOf)) this.#add(line);
  }

  /** `SHA256:…` of the key to pin for an address, as the original named the host; undefined when there is none. */
  fingerprintOf(address: string): string | undefined {
    const lines = [...(this.#named.get(address) ?? []), ...this.#hashedLines(address)];
    const rank = ({ type }: Line) => preferred.indexOf(type);
    const [best] = lines.filter((line) => rank(line) >= 0).toSorted((one, other) => rank(one) - rank(other));
    return best === undefined ? undefined : fingerprint(best.key);
  }

  #add(line: Line): void {
    for (const name of line.names) {
      const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(name) ?? [];
      if (salt !== undefined && hash !== undefined) {
        this.#hashed.push({ salt: Buffer.from(salt, 'base64'), hash, line });
        continue;
      }
      const address = addressOf(name);
      if (address !== undefined) this.#named.set(address, [...(this.#named.get(address) ?? []), line]);
    }
  }

  #hashedLines(address: string): Line[] {
    return this.#hashed
      .filter(({ salt, hash }) => createHmac('sha1', salt).update(address).digest('base64') === hash)
      .map(({ line }) => line);
  }
}

function linesOf(text: string): Line[] {
  // A line that begins with a mark is about a CA or a revoked key.
  const [names = '', type = '', key = ''] = text.trim().split(/\s+/);
  if (names === '' || /^[#@]/.test(names) || key === '') return [];
  return [
    {
      names: names.split(',').map((name) => name.replace(/^\[(.*)\]:22$/, '$1')),
      type,
      key: Buffer.from(key, 'base64'),
    },
  ];
}
