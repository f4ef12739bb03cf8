import { isIPv4 } from 'node:net';

/** Whether an address, or the host of a URL, can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:/i, '');
  return (isIPv4(address) && address.startsWith('127.')) || address === '::1' || address === 'localhost';
}
