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
  const hops = text.split(',').map((hop) => hopOf(hop));
  return {
    addresses: hops.map(({ host }) => addresses.get(host) ?? host).join(','),
    unused: hops.flatMap(({ host, login }) =>
      login === '' ? [] : [`not used: ${login} of the jump host ${host}, because its own record says how to log in`],
    ),
  };
}

function hopOf(text: string): { host: string; login: string } {
  const uri = /^ssh:\/\/(.*?)\/?$/i.exec(text)?.[1] ?? text;
  const [, user, bracketed, bare, port] = /^(?:(.+)@)?(?:\[([^[\]]+)\]|([^:@[\]\s]+))(?::(\d+))?$/.exec(uri) ?? [];
  const host = bracketed ?? bare;
  if (host === undefined) throw new Error(`"${text}" is no jump host: write [USER@]HOST[:PORT]`);
  const parts = [user === undefined ? '' : `user ${user}`, port === undefined ? '' : `port ${port}`];
  return { host, login: parts.filter((part) => part !== '').join(' and ') };
}
