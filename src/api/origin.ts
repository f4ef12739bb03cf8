import { isIP } from 'node:net';
import { canonicalAddress } from '../lib/addresses.ts';
import { shortened } from '../lib/shortened.ts';

/** Characters of an unreadable entry that are kept. */
const longestEntry = 64;

/**
 * The address a request comes from. Behind a trusted proxy it is the last address of X-Forwarded-For that is not a
 * trusted proxy itself: each proxy appends the address it saw, some with the port. The sender may have invented the
 * addresses before that one.
 *
 * An entry that is no address (`unknown`) is returned as a text that is none either, with the proxy that wrote it: the
 * address of the proxy must not stand for the sender.
 *
 * @param sentBy the peer address of the connection
 */
export function originOf(headers: Headers, sentBy: string, isProxy: (address: string) => boolean): string {
  let origin = plain(sentBy);
  const forwarded = headers.get('x-forwarded-for');
  if (forwarded === null || forwarded.trim() === '') return origin;
  for (const entry of forwarded.split(',').toReversed()) {
    if (!isProxy(origin)) break;
    const address = withoutPort(entry.trim());
    if (isIP(address) === 0) return `${shortened(entry.trim(), longestEntry)} (proxy ${origin})`;
    origin = plain(address);
  }
  return origin;
}

/** `192.0.2.7:54321`, `[2001:db8::7]:54321` and `[2001:db8::7]` without their ports and brackets. */
function withoutPort(entry: string): string {
  const [, ipv6, ipv4] = /^(?:\[([^\]]*)\]|(\d+(?:\.\d+){3}))(?::\d{1,5})?$/.exec(entry) ?? [];
  return ipv6 ?? ipv4 ?? entry;
}

/** Turns an IPv4 address that a dual-stack socket reports as `::ffff:192.0.2.7` into its IPv4 form. */
function plain(address: string): string {
  return address.includes(':') && isIP(address) === 6 && !address.includes('%') ? canonicalAddress(address) : address;
}
