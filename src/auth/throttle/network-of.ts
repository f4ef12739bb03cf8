import { isIPv6 } from 'node:net';
import { canonicalAddress } from '../../lib/addresses.ts';

/**
 * What attempts from an address are counted by: of IPv6 the first 64 bits, as whoever has one address of such a network has
 * them all (RFC 4291, 2.5.1).
 */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('%')) return address;
  const canonical = canonicalAddress(address);
  if (!isIPv6(canonical)) return canonical;
  const [head = '', tail] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return `${[...before, ...missing, ...after].slice(0, 4).join(':')}::/64`;
}
