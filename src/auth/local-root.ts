import type { AuthenticationRequest, Identity } from './authenticator.ts';
import { adminGrant } from './roles.ts';

/** Headers that carry credentials (RFC 9110, 11.6.2; contract 9.5): a request with one of them is judged by it. */
const credentialHeaders = ['authorization', 'x-auth-token'];

/** Headers that a proxy adds. Behind a proxy the sender of the request did not open the socket. */
const proxyHeaders = ['x-forwarded-for', 'forwarded'];

/**
 * The identity of a caller on the Unix socket without credentials. Only root and the server's own user can open the
 * socket, and they can read and write everything the server has anyway.
 */
export function localRoot({ transport, headers }: AuthenticationRequest): Identity | undefined {
  if (transport.kind !== 'unix') return undefined;
  if ([...credentialHeaders, ...proxyHeaders].some((name) => headers.has(name))) return undefined;
  return { name: 'root', method: 'unix-socket', subjects: ['user:root'], grants: [adminGrant] };
}
