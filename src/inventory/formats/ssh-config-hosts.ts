import { hostName } from '../../lib/host-name.ts';
import type { Described, DescribedHost, Fault, Remark } from './described-host.ts';
import type { SshClient } from './ssh-config/client.ts';
import type { ConfigLine, HostLine, Place } from './ssh-config/config-line.ts';
import { groupPatterns, hostNames } from './ssh-config/host-names.ts';
import { keyPaths, loginTokens } from './ssh-config/key-paths.ts';
import { LineError } from './ssh-config/line-error.ts';
import { readConfig } from './ssh-config/read-config.ts';
import { type Settings, settingsOf } from './ssh-config/settings.ts';
import { unusedKeywords } from './ssh-config/unused-keywords.ts';
import { addressOf, type JumpHost, Ways } from './ssh-config/way.ts';

/**
 * The hosts of a configuration of OpenSSH: every name of a `Host` line without a wildcard, as `ssh -G` reads it.
 * Nothing is executed and no name is resolved.
 *
 * @param client the machine and person that ssh would run for; without one, `Include` and their tokens are faults
 */
export async function sshConfigHosts(text: string, client?: SshClient): Promise<Described> {
  const { lines, faults, remarks } = await readConfig(text, client);
  const hosts = new Hosts(lines, client);
  for (const { name, lines: naming } of hostNames(lines)) hosts.add(name, naming);
  hosts.compareJumpHosts();
  return {
    hosts: hosts.described,
    faults: once([...faults, ...hosts.faults]),
    remarks: once([...remarks, ...hosts.remarks, ...patternRemarks(lines), ...unusedKeywords(lines)]),
  };
}

class Hosts {
  readonly described: DescribedHost[] = [];
  readonly faults: Fault[] = [];
  readonly remarks: Remark[] = [];
  readonly #lines: readonly ConfigLine[];
  readonly #client: SshClient | undefined;
  readonly #ways: Ways;
  readonly #logins = new Map<string, { place: Place; login: string }>();
  readonly #shapes = new Map<string, { name: string | undefined }>();
  readonly #jumps: { place: Place; name: string; jump: JumpHost }[] = [];

  constructor(lines: readonly ConfigLine[], client: SshClient | undefined) {
    this.#lines = lines;
    this.#client = client;
    this.#ways = new Ways(lines, client);
  }

  add(name: string, naming: readonly HostLine[]): void {
    const settings = settingsOf(this.#lines, name, this.#client);
    const [place] = naming.filter((line) => settings.matched.has(line));
    if (place === undefined) {
      const [line = { line: 1 }] = naming;
      this.remarks.push({ ...at(line), message: `${name} is not registered: this Host line never applies to it` });
      return;
    }
    this.faults.push(...settings.faults);
    try {
      this.#describe(settings, at(place));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.faults.push({ ...at(error instanceof LineError ? error.place : place), message });
    }
  }

  #describe(settings: Settings, place: Place): void {
    const { name, options } = settings;
    checkName(name);
    if (/^(yes|true|always)$/i.test(options.get('canonicalizehostname')?.value ?? '')) {
      throw new Error(`${name}: CanonicalizeHostname asks the DNS, which an import never does; write its HostName`);
    }
    const way = this.#ways.to(settings);
    const address = addressOf(settings);
    const login = loginOf(loginTokens(settings, this.#client));
    for (const jump of way?.jumps ?? []) this.#jumps.push({ place: at(way?.place ?? place), name, jump });
    const keys = keyPaths(settings, this.#client);
    const members = {
      address,
      remote_user: options.get('user')?.value ?? this.#client?.remoteUser ?? this.#client?.user,
      port: options.get('port')?.value,
      key: keys.length > 1 ? keys : keys[0],
      proxy_jump: way && (way.jumps.map((jump) => jump.address).join(',') || 'none'),
    };
    // Several names of a machine are one host, unless they differ in more than the name.
    const shape = JSON.stringify(members);
    const known = this.#shapes.get(shape);
    if (known !== undefined) {
      // The first name that is not the address is the one of the record.
      const other = nameOf(name, address);
      known.name ??= other;
      if (other !== undefined && known.name !== other) {
        this.remarks.push({
          ...place,
          message: `not used: the name ${other}, because ${address} has the name ${known.name}`,
        });
      }
      return;
    }
    const described = { ...members, name: nameOf(name, address) };
    this.#shapes.set(shape, described);
    if (!this.#logins.has(address)) this.#logins.set(address, { place, login });
    this.described.push({ ...place, members: described });
  }

  /** The record of a jump host says how to log in to it, so what `ProxyJump` says must be the same. */
  compareJumpHosts(): void {
    for (const { place, name, jump } of this.#jumps) {
      const { address, port, user } = jump;
      const known = this.#logins.get(address);
      const login = loginOf({ r: user, p: port });
      if (known === undefined) {
        const options = [`--port ${port}`, ...(user === undefined ? [] : [`--remote-user ${user}`])];
        const command = ['commctl host create', ...options, address, 'KEY_FILE'].join(' ');
        const message = `${jump.named} is no host of this file; unless it is registered: ${command}`;
        this.remarks.push({ ...place, message });
      } else if (known.login !== login) {
        const { file, line } = known.place;
        const registered = `${file === undefined ? '' : `${file} `}line ${line} registers it as ${known.login}`;
        const message = `${name} goes through ${address} as ${login}, but ${registered}`;
        this.faults.push({ ...place, message });
      }
    }
  }
}

/** The name of a `Host` line becomes the name of the record, unless it is the address, or no name that a host can have. */
function nameOf(name: string, address: string): string | undefined {
  const spelled = hostName(name);
  return spelled === hostName(address) ? undefined : spelled;
}

function loginOf({ r: user, p: port = '22' }: Readonly<Record<string, string | undefined>>): string {
  return user === undefined ? `port ${port}` : `${user} on port ${port}`;
}

/** @throws Error for a name that ssh would not connect to */
function checkName(name: string): void {
  if (name.includes(',')) throw new Error(`"${name}" is one name for ssh: separate names by blanks`);
  if (/^-|[\s'"`$\\;&<>|(){}]/.test(name)) throw new Error(`"${name}" is no name that ssh connects to`);
}

function patternRemarks(lines: readonly ConfigLine[]): Remark[] {
  return groupPatterns(lines).map(({ pattern, line }) => ({
    ...at(line),
    message: `${pattern} names no host: hosts that only this pattern describes are not registered`,
  }));
}

function at({ line, file }: Place): Place {
  return { line, ...(file === undefined ? {} : { file }) };
}

function once<T extends Fault>(faults: readonly T[]): T[] {
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()];
}
