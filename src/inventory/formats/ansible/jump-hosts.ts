import { type Hop, hopOf } from '../hop.ts';

/** The jump hosts of a login, as addresses, and what their own records must say. */
export interface JumpHosts {
  addresses: string;
  unused: string[];
}

/**
 * Reads jump hosts in the notation of ssh_config(5): `[USER@]HOST[:PORT]`, separated by commas.
 *
 * @param addresses of the hosts that the inventory names
 * @throws Error when one of them has another form
 */
export function jumpHosts(text: string, addresses: ReadonlyMap<string, string>): JumpHosts {
  if (/^none$/i.test(text)) return { addresses: 'none', unused: [] };
  const hops = text.split(',').map(hopOf);
  return {
    addresses: hops.map(({ host }) => addresses.get(host) ?? host).join(','),
    unused: hops.flatMap((hop) => {
      const login = loginOf(hop);
      return login === ''
        ? []
        : [`not used: ${login} of the jump host ${hop.host}, because its own record says how to log in`];
    }),
  };
}

function loginOf({ user, port }: Hop): string {
  const parts = [user === undefined ? '' : `user ${user}`, port === undefined ? '' : `port ${port}`];
  return parts.filter((part) => part !== '').join(' and ');
}
