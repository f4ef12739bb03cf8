import type { CheckedHost } from './new-hosts.ts';

/**
 * The hosts in an order in which each comes after those it is reached through: as soon as a host is registered, the
 * server looks at it.
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
