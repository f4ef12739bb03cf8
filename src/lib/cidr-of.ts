import { isIPv6 } from 'node:net';
import { canonicalAddress } from './addresses.ts';
import { groupsOf } from './ipv6-groups.ts';

/**
 * Whose an address is: an IPv4 address stands for itself, an IPv6 address for the /64 it is in, as whoever has one address of
 * such a network can have them all (RFC 4291, 2.5.1; RFC 6177). What is no address stands for itself too.
 */
export function cidrOf(address: string): string {
  // Of every request: to tell IPv6 by its grammar takes longer than all else here.
  if (!address.includes(':')) return address;
  const plain = address.replace(/%.*$/, '');
  if (!isIPv6(plain)) return address;
  const short = canonicalAddress(plain);
  return isIPv6(short) ? `${groupsOf(short).slice(0, 4).join(':')}::/64` : short;
}
