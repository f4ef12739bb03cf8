import { isIPv6 } from 'node:net';
import { canonicalAddress } from './addresses.ts';
import { groupsOf } from './ipv6-groups.ts';

/**
 * The network that one sender can have: an IPv4 address alone, or the /64 of an IPv6 address, because whoever has one
 * address of such a network can have them all (RFC 4291, 2.5.1; RFC 6177). A text that is no address is returned
 * unchanged.
 */
export function cidrOf(address: string): string {
  // Runs for every request, and parsing IPv6 would take longer than all the rest.
  if (!address.includes(':')) return address;
  const plain = address.replace(/%.*$/, '');
  if (!isIPv6(plain)) return address;
  const short = canonicalAddress(plain);
  return isIPv6(short) ? `${groupsOf(short).slice(0, 4).join(':')}::/64` : short;
}
