import { isIPv4, isIPv6 } from 'node:net';
import { groupsOf } from './ipv6-groups.ts';
import { naturalOrder } from './natural-order.ts';

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

/** Records in the order of their addresses: as `addressOrder`, but names in natural order, node2 before node10. */
export function inAddressOrder<T>(records: readonly T[], addressOf: (record: T) => string): T[] {
  return records
    .map((record) => ({ record, address: addressOf(record), order: addressOrder(addressOf(record)) }))
    .toSorted((one, other) => {
      if (isName(one.address) && isName(other.address)) return naturalOrder(one.address, other.address);
      if (one.order === other.order) return 0;
      return one.order < other.order ? -1 : 1;
    })
    .map(({ record }) => record);
}

/** Whether an address is a DNS name. */
export function isName(address: string): boolean {
  return !isIPv4(address) && !isIPv6(address);
}

function hexByte(part: string): string {
  return Number(part).toString(16).padStart(2, '0');
}
