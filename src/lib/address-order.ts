import { isIPv4, isIPv6 } from 'node:net';

/**
 * A text that sorts as addresses do: 192.0.2.9 before 192.0.2.10, IPv4 before IPv6 before names, and names by their
 * letters.
 *
 * @param address in its canonical spelling
 */
export function addressOrder(address: string): string {
  if (isIPv4(address)) return `4${address.split('.').map(hexByte).join('')}`;
  return isIPv6(address) ? `6${groupsOf(address).join('')}` : `n${address}`;
}

function hexByte(part: string): string {
  return Number(part).toString(16).padStart(2, '0');
}

/** Eight groups of four digits, those that `::` stands for included. */
function groupsOf(address: string): string[] {
  const [left = [], right = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const missing = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...missing, ...right].map((group) => group.padStart(4, '0'));
}
