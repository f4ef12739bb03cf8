import { isIPv4, isIPv6 } from 'node:net';
import { AppError } from './errors.ts';

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The one spelling of a host's address: IPv4 as it is, IPv6 in RFC 5952 form, DNS names in lower case without a final
 * dot. One machine must not stand in the inventory under two spellings of the same address.
 *
 * @throws AppError `invalid_address`
 */
export function canonicalAddress(text: string): string {
  if (isIPv4(text)) return text;
  if (isIPv6(text) && !text.includes('%')) return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const name = text.toLowerCase().replace(/\.$/, '');
  const labels = name.split('.');
  const numeric = /^[0-9.]+$/.test(name);
  if (name.length > 0 && name.length <= 253 && !numeric && labels.every((part) => label.test(part))) return name;
  throw new AppError('invalid_address', `"${text}" is not an IPv4 or IPv6 address or a DNS name`, {
    hint: 'give an address such as 192.0.2.7, 2001:db8::7 or node7.example.com',
  });
}

/** The address of a peer as a socket reports it: an IPv4 address that arrived on an IPv6 socket loses its prefix. */
export function peerAddress(reported: string): string {
  return canonicalAddress(reported.replace(/^::ffff:(?=\d+\.)/i, ''));
}

/** Letters, digits, `-` and `_` (contract 1.1). @throws AppError `invalid_name` */
export function checkedName(text: string): string {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(text)) return text;
  throw new AppError('invalid_name', `"${text.slice(0, 80)}" is not a name`, {
    hint: 'use 1 to 255 letters, digits, "-" and "_"',
  });
}
