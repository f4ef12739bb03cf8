import { isIPv4 } from 'node:net';

/** Whether the host name of a URL, as the URL class gives it, is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return (isIPv4(hostname) && hostname.startsWith('127.')) || ['[::1]', 'localhost'].includes(hostname);
}
