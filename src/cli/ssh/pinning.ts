import type { Login } from './way.ts';

/**
 * The options of ssh with which it accepts the pinned host key of a machine and no other. Each option that could add a
 * key, skip the check or break it is named (ssh_config(5)), because ssh takes the first value it finds.
 *
 * @param knownHosts a known_hosts file with the pinned keys, which apply to addresses, whatever the port
 * @param knowsCommand whether this ssh knows `KnownHostsCommand`, as OpenSSH does since 8.5
 */
export function pinning(
  { address, hostKey }: Pick<Login, 'address' | 'hostKey'>,
  { knownHosts, knowsCommand }: { knownHosts: string; knowsCommand: boolean },
): Readonly<Record<string, string>> {
  return {
    HostKeyAlias: address,
    CheckHostIP: 'no',
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    ...(knowsCommand ? { KnownHostsCommand: 'none' } : {}),
    StrictHostKeyChecking: 'yes',
    HostKeyAlgorithms: algorithmsOf(hostKey),
    NoHostAuthenticationForLocalhost: 'no',
    VerifyHostKeyDNS: 'no',
    UpdateHostKeys: 'no',
    // A connection that another ssh keeps open has not checked this host key.
    ControlMaster: 'no',
    ControlPath: 'none',
  };
}

/** The signatures that a key of this type can make. An RSA key can make several; the server accepts the same ones. */
function algorithmsOf(hostKey: string): string {
  const [algorithm = ''] = hostKey.split(' ');
  return algorithm === 'ssh-rsa' ? 'rsa-sha2-512,rsa-sha2-256,ssh-rsa' : algorithm;
}
