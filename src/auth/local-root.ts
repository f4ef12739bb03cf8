import type { AuthenticationRequest, Identity } from './authenticator.ts';
import { adminGrant } from './roles.ts';

/** Headers that carry credentials (RFC 9110, 11.6.2; contract 9.5): who sends them is judged by them. */
const credentialHeaders = ['authorization', 'x-auth-token'];

/** Headers that a proxy adds. What comes through one was not sent by who opened the socket. */
const proxyHeaders = ['x-forwarded-for', 'forwarded'];

/**
 * Who calls over the Unix socket without credentials: somebody who may read and write everything the server has anyway,
 * as root and the server's own user may, for whom alone the socket opens.
 */
export function localRoot({ transport, headers }: AuthenticationRequest): Identity | undefined {
  if (transport.kind !== 'unix') return undefined;
  if ([...credentialHeaders, ...proxyHeaders].some((name) => headers.has(name))) return undefined;
  return { name: 'root', method: 'unix-socket', subjects: ['user:root'], grants: [adminGrant] };
}
