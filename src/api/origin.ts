import { isIP } from 'node:net';
import { canonicalAddress } from '../lib/addresses.ts';

/**
 * The address a request comes from. A trusted proxy is asked where it had the request from: the last address of
 * X-Forwarded-For that is not such a proxy itself, as each adds the one it saw to the end. What stands further to the
 * front is what the sender made up.
 *
 * @param sentBy the address that the connection came from
 */
export function originOf(headers: Headers, sentBy: string, isProxy: (address: string) => boolean): string {
  let origin = plain(sentBy);
  const forwarded = headers.get('x-forwarded-for');
  if (forwarded === null) return origin;
  const entries = forwarded.split(',').map((entry) => entry.trim());
  for (const entry of entries.toReversed()) {
    // An entry that is no address ("unknown", one with a port) hides what stands before it.
    if (!isProxy(origin) || isIP(entry) === 0) break;
    origin = plain(entry);
  }
  return origin;
}

/** An IPv4 address that a socket for both families tells as `::ffff:192.0.2.7`, as the IPv4 address it is. */
function plain(address: string): string {
  return address.includes(':') && isIP(address) === 6 && !address.includes('%') ? canonicalAddress(address) : address;
}
