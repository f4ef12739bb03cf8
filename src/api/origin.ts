import { isIP } from 'node:net';
import { canonicalAddress } from '../lib/addresses.ts';

/**
 * The address a request comes from. Behind a trusted proxy it is the last address of X-Forwarded-For that is not a
 * trusted proxy itself: each proxy appends the address it saw. The sender may have invented the addresses before that
 * one.
 *
 * @param sentBy the peer address of the connection
 */
export function originOf(headers: Headers, sentBy: string, isProxy: (address: string) => boolean): string {
  let origin = plain(sentBy);
  const forwarded = headers.get('x-forwarded-for');
  if (forwarded === null) return origin;
  const entries = forwarded.split(',').map((entry) => entry.trim());
  for (const entry of entries.toReversed()) {
    // An entry that is no address ("unknown", one with a port) hides the entries before it.
    if (!isProxy(origin) || isIP(entry) === 0) break;
    origin = plain(entry);
  }
  return origin;
}

/** Turns an IPv4 address that a dual-stack socket reports as `::ffff:192.0.2.7` into its IPv4 form. */
function plain(address: string): string {
  return address.includes(':') && isIP(address) === 6 && !address.includes('%') ? canonicalAddress(address) : address;
}
