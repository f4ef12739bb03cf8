import { isIP } from 'node:net';
import { canonicalAddress } from '../../lib/addresses.ts';

/**
 * Whose an address is: an IPv4 address stands for itself, an IPv6 address for the /64 it is in, all of which one machine
 * can have (RFC 6177).
 */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) !== 6) return address;
  const short = canonicalAddress(plain);
  if (isIP(short) === 4) return short;
  const [head = '', tail] = short.split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = Array.from({ length: 8 - groups.length - last.length }, () => '0');
  const all = tail === undefined ? groups : [...groups, ...gap, ...last];
  return `${all.slice(0, 4).join(':')}::/64`;
}
