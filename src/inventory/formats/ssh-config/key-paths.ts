import { createHash } from 'node:crypto';
import type { SshClient } from './client.ts';
import { hopsOf } from './hops.ts';
import type { Settings } from './settings.ts';
import { expanded, fromHome, type Tokens } from './tokens.ts';

/**
 * The paths of a host's private keys in the order of ssh, with tokens, variables and `~` expanded.
 *
 * @throws Error for what cannot be expanded
 */
export function keyPaths(settings: Settings, client?: SshClient): string[] {
  const files = settings.identityFiles.filter((file) => file.toLowerCase() !== 'none');
  if (client === undefined) return files.map((file) => expanded(file, loginTokens(settings)));
  const tokens = { ...loginTokens(settings, client), ...localTokens(settings, client) };
  return files.map((file) => expanded(fromHome(file, client.home), tokens, client.environment));
}

/** The tokens that also `ProxyJump` accepts. */
export function loginTokens({ name, host, options }: Settings, client?: SshClient): Tokens {
  return {
    h: host,
    n: name,
    p: options.get('port')?.value ?? '22',
    r: options.get('user')?.value ?? client?.remoteUser ?? client?.user,
  };
}

function localTokens(settings: Settings, client: SshClient): Tokens {
  const { home, hostName, uid, user } = client;
  const { h, p, r } = loginTokens(settings, client);
  const jump = jumpOf(settings);
  return {
    // Versions of ssh differ in whether a jump host is part of the hash.
    C: jump === '' ? createHash('sha1').update(`${hostName}${h}${p}${r}`).digest('hex') : undefined,
    d: home,
    i: uid?.toString(),
    j: jump,
    k: settings.options.get('hostkeyalias')?.value ?? settings.name,
    L: hostName.replace(/\..*$/s, ''),
    l: hostName,
    u: user,
  };
}

/** Empty without jump hosts; undefined for several, because documents and versions of ssh differ. */
function jumpOf({ options }: Settings): string | undefined {
  const line = options.get('proxyjump');
  const [only, ...others] = line === undefined ? [] : hopsOf(line.value);
  if (only === undefined) return '';
  return others.length === 0 && Object.keys(only).length === 1 ? only.host : undefined;
}
