import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Login } from './way.ts';

/**
 * Writes what ssh needs to reach a machine into a private directory: the keys, a known_hosts file and a configuration,
 * whose path is returned. Other options come from the configurations of the user and the system.
 */
export async function writeSshFiles(directory: string, way: readonly Login[]): Promise<string> {
  const knownHosts = join(directory, 'known_hosts');
  const config = join(directory, 'config');
  const keyFile = (index: number) => join(directory, `key-${index}`);
  await Promise.all(way.map(({ key }, index) => writePrivately(keyFile(index), withNewline(key))));
  await writePrivately(knownHosts, way.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join(''));
  const sections = way.map((login, index) =>
    section(login, { knownHosts, keyFile: keyFile(index), jump: jumpOf(way, index) }),
  );
  await writePrivately(config, [...sections, rest].join('\n'));
  return config;
}

/** Included last, because ssh takes the first value it finds. */
const rest = ['Match all', '  Include ~/.ssh/config', '  Include /etc/ssh/ssh_config', ''].join('\n');

interface Files {
  knownHosts: string;
  keyFile: string;
  /** The jump hosts; undefined where the user's own configuration may have some. */
  jump: string | undefined;
}

/** The keys apply to addresses, whatever the port, as the server pins them. */
function section({ address, user, port }: Login, { knownHosts, keyFile, jump }: Files): string {
  const options = {
    HostName: address,
    User: user,
    Port: port,
    IdentityFile: keyFile,
    IdentitiesOnly: 'yes',
    HostKeyAlias: address,
    CheckHostIP: 'no',
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    VerifyHostKeyDNS: 'no',
    UpdateHostKeys: 'no',
    // A connection that another ssh keeps open has not checked this host key.
    ControlMaster: 'no',
    ControlPath: 'none',
    ...(jump === undefined ? {} : { ProxyJump: jump }),
  };
  return [`Host ${address}`, ...Object.entries(options).map(([name, value]) => `  ${name} ${value}`), ''].join('\n');
}

/** The last machine has all jump hosts; ssh gives each jump host its own remaining ones. */
function jumpOf(way: readonly Login[], index: number): string | undefined {
  if (way.length === 1 || index < way.length - 1) return undefined;
  return way
    .slice(0, index)
    .map(({ address }) => (address.includes(':') ? `[${address}]` : address))
    .join(',');
}

/** OpenSSH does not read a key without a newline at its end. */
function withNewline(key: Uint8Array): Uint8Array {
  return key.at(-1) === 10 ? key : Buffer.concat([key, Buffer.from('\n')]);
}

async function writePrivately(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
}
