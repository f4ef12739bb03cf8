import { isIP } from 'node:net';
import { canonicalAddress } from './addresses.ts';
import { AppError } from './errors.ts';

/** Words with another meaning where hosts are named: every host of a target, and no jump host. */
const reserved: readonly string[] = ['all', 'none'];

/**
 * The one spelling of a host's name: that of a DNS name, in lower case. It cannot be an IP address.
 *
 * @throws AppError `invalid_name`
 */
export function checkedHostName(text: string): string {
  const name = hostName(text);
  if (name !== undefined) return name;
  throw new AppError('invalid_name', `"${text.slice(0, 80)}" is not a name for a host`, {
    hint: 'write it as a DNS name: letters, digits, "-" and "_", parts separated by ".", the last part not a number; "all" and "none" are taken',
    details: { member: '/name' },
  });
}

/** The same; undefined for a text that is no name. */
export function hostName(text: string): string | undefined {
  try {
    const name = canonicalAddress(text);
    return isIP(name) === 0 && !reserved.includes(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
