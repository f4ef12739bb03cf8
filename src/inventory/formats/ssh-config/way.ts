import { canonicalAddress } from '../../../lib/addresses.ts';
import type { Hop } from '../hop.ts';
import type { SshClient } from './client.ts';
import type { ConfigLine, Place } from './config-line.ts';
import { hopsOf, hopsOfCommand } from './hops.ts';
import { loginTokens } from './key-paths.ts';
import { LineError } from './line-error.ts';
import { type Given, type Settings, settingsOf } from './settings.ts';
import { expanded } from './tokens.ts';

/** A jump host with what ssh would do to connect to it. */
export interface JumpHost {
  /** As the configuration names it. */
  named: string;
  address: string;
  user: string | undefined;
  port: string;
  settings: Settings;
}

/** How ssh connects to a host: undefined when the configuration says nothing, empty for a direct connection. */
export type Way = { place: Place; jumps: readonly JumpHost[] } | undefined;

export class Ways {
  readonly #lines: readonly ConfigLine[];
  readonly #client: SshClient | undefined;
  /** By what ssh would get on its command line: many hosts have the same jump hosts. */
  readonly #jumpHosts = new Map<string, JumpHost>();

  constructor(lines: readonly ConfigLine[], client: SshClient | undefined) {
    this.#lines = lines;
    this.#client = client;
  }

  /** @throws Error for a command that is more than a jump, and for jump hosts that lead back */
  to(settings: Settings, behind: readonly string[] = []): Way {
    const line = settings.options.get('proxyjump') ?? settings.options.get('proxycommand');
    if (line === undefined) return undefined;
    const jumps = hopsGiven(settings).map((hop) => this.#jumpHost(hop, settings));
    const way = [...behind, addressOf(settings)];
    const back = jumps.find(({ address }) => way.includes(address));
    if (back !== undefined) {
      const message = `the jump hosts of ${settings.name} lead back to ${back.named}`;
      throw new LineError(line, `${message}: write "ProxyJump none" into the Host block of ${back.named}`);
    }
    const [first] = jumps;
    if (first !== undefined) this.to(first.settings, way);
    return { place: line, jumps };
  }

  #jumpHost(hop: Hop, behind: Settings): JumpHost {
    const tokens = loginTokens(behind, this.#client);
    const named = expanded(hop.host, tokens);
    const given: Given = {
      ...(hop.user === undefined ? {} : { user: expanded(hop.user, tokens) }),
      ...(hop.port === undefined ? {} : { port: hop.port }),
    };
    const key = JSON.stringify([named, given]);
    const known = this.#jumpHosts.get(key);
    if (known !== undefined) return known;
    const settings = settingsOf(this.#lines, named, this.#client, given);
    const { p: port = '22', r: user } = loginTokens(settings, this.#client);
    const jumpHost = { named, address: addressOf(settings), user, port, settings };
    this.#jumpHosts.set(key, jumpHost);
    return jumpHost;
  }
}

function hopsGiven({ name, options }: Settings): Hop[] {
  // Where both apply, the jump is `none` and the command is what counts.
  const command = options.get('proxycommand');
  if (command === undefined) return hopsOf(options.get('proxyjump')?.value ?? 'none');
  if (command.value.toLowerCase() === 'none') return [];
  const hops = hopsOfCommand(command.value);
  if (hops !== undefined) return hops;
  throw new Error(`${name} has a ProxyCommand that is no plain jump; name jump hosts with ProxyJump instead`);
}

/** @throws AppError `invalid_address` */
export function addressOf({ host }: Settings): string {
  return canonicalAddress(host);
}
