import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { canonicalAddress } from '../../lib/addresses.ts';

/**
 * The names of a server's certificate: loopback, the machine's own name, and the given ones.
 *
 * @throws AppError `invalid_address` for one that is neither an address nor a DNS name
 */
export function serverNames(given: readonly string[], hostName: string): string[] {
  const own = isDnsName(hostName) ? [canonicalAddress(hostName)] : [];
  return [...new Set([...given.map(canonicalAddress), ...own, 'localhost', '127.0.0.1', '::1'])];
}

/** The names that a certificate has. */
export function namesIn(pem: string): string[] {
  const { subjectAltName = '' } = new X509Certificate(pem);
  const entries = subjectAltName.split(', ').map((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1]);
  return entries.filter((name) => name !== undefined).map(canonicalAddress);
}

/** Skips an invalid machine name, such as 70 letters without a dot, instead of failing. */
function isDnsName(text: string): boolean {
  try {
    return isIP(canonicalAddress(text)) === 0;
  } catch {
    return false;
  }
}
