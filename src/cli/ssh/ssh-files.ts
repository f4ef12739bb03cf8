import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pinning } from './pinning.ts';
import type { Login } from './way.ts';

interface SshFiles {
  config: string;
  knownHosts: string;
}

/**
 * Writes what ssh needs to reach a machine into a private directory: the keys, a known_hosts file and a configuration.
 * Other options come from the configurations of the user and the system.
 */
export async function writeSshFiles(
  directory: string,
  way: readonly Login[],
  ssh: { knowsCommand: boolean },
): Promise<SshFiles> {
  const knownHosts = join(directory, 'known_hosts');
  const config = join(directory, 'config');
  const keyFile = (index: number) => join(directory, `key-${index}`);
  await Promise.all(way.map(({ key }, index) => writePrivately(keyFile(index), withNewline(key))));
  await writePrivately(knownHosts, way.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join(''));
  const sections = way.map((login, index) =>
    section(login, {
      keyFile: keyFile(index),
      jump: jumpOf(way, index),
      pinned: pinning(login, { knownHosts, ...ssh }),
    }),
  );
  await writePrivately(config, [...sections, rest].join('\n'));
  return { config, knownHosts };
}

/** Included last, because ssh takes the first value it finds. */
const rest = ['Match all', '  Include ~/.ssh/config', '  Include /etc/ssh/ssh_config', ''].join('\n');

interface Access {
  keyFile: string;
  /** The jump hosts; undefined where the user's own configuration may have some. */
  jump: string | undefined;
  pinned: Readonly<Record<string, string>>;
}

function section({ address, user, port }: Login, { keyFile, jump, pinned }: Access): string {
  const options = {
    HostName: address,
    User: user,
    Port: port,
    IdentityFile: keyFile,
    IdentitiesOnly: 'yes',
    ...pinned,
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
