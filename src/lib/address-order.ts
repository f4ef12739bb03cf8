import { isIPv4, isIPv6 } from 'node:net';
import { groupsOf } from './ipv6-groups.ts';

/**
 * A text that sorts as addresses do: 192.0.2.9 before 192.0.2.10, IPv4 before IPv6 before names, names by letters.
 *
 * @param address in its canonical spelling
 */
export function addressOrder(address: string): string {
  if (isIPv4(address)) return `4${address.split('.').map(hexByte).join('')}`;
  return isIPv6(address)
    ? `6${groupsOf(address)
        .map((group) => group.padStart(4, '0'))
        .join('')}`
    : `n${address}`;
}

function hexByte(part: string): string {
  return Number(part).toString(16).padStart(2, '0');
}
