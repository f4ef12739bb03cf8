import type { CheckedHost } from './new-hosts.ts';

/**
 * Sorts the hosts so that each comes after its jump hosts, because the server connects to a host as soon as it is
 * registered.
 */
export function jumpHostsFirst(hosts: readonly CheckedHost[]): CheckedHost[] {
  const waiting = new Map(hosts.map((host) => [host.address, host]));
  const ordered: CheckedHost[] = [];
  const take = (host: CheckedHost) => {
    if (!waiting.delete(host.address)) return;
    for (const name of host.body.proxy_jump?.split(',') ?? []) {
      const jump = waiting.get(name);
      if (jump !== undefined) take(jump);
    }
    ordered.push(host);
  };
  for (const host of hosts) take(host);
  return ordered;
}
