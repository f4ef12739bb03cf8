import { systemErrorCode } from './errors.ts';

/** Why a request got no answer, in words. */
export function connectionFailure(error: unknown): string {
  return reasons[systemErrorCode(error) ?? ''] ?? (error instanceof Error ? error.message : String(error));
}

/** Whether the failure is that the peer's certificate is not trusted. */
export function isAboutTrust(error: unknown): boolean {
  const code = systemErrorCode(error) ?? '';
  return code !== 'CERT_HAS_EXPIRED' && /CERT|SIGNATURE/.test(code);
}

/** The messages of the runtime are advice for programmers. */
const reasons: Readonly<Record<string, string>> = {
  ConnectionRefused: 'connection refused',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'the network is unreachable',
  ETIMEDOUT: 'no answer',
  EPROTO: 'the TLS handshake failed; it may want a client certificate, or speak no TLS',
  FailedToOpenSocket: 'no connection to it can be opened',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority that is not known here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
