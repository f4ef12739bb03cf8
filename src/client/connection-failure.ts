import type { TrustFault } from './certificate-fault.ts';
import { WrongCertificate } from './server-trust.ts';

/** A connection to an endpoint failed, so the next one may be tried. */
export class ConnectionFailure extends Error {
  /** The request never reached the server. Otherwise it may have been carried out. */
  readonly isUnsent: boolean;
  /** The identity of the server could not be verified. */
  readonly isUntrusted: boolean;
  /** Why the certificate of the server does not count, when that is the reason. */
  readonly fault: TrustFault | undefined;

  /** @param timedOut the error of the deadline, when the deadline ended the request */
  constructor(error: unknown, timedOut?: unknown) {
    const cause = timedOut ?? error;
    const code = codeOf(cause);
    super(untrusted[code] ?? unsent[code] ?? broken[code] ?? (cause instanceof Error ? cause.message : String(cause)));
    this.isUntrusted = Object.hasOwn(untrusted, code);
    this.fault = cause instanceof WrongCertificate ? 'fingerprint' : faults[code];
    const isRefusedTunnel = code === 'ERR_PROXY_TUNNEL';
    this.isUnsent =
      this.isUntrusted || isRefusedTunnel || Object.hasOwn(unsent, code) || cause instanceof WrongCertificate;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The runtime appends advice for programmers to the code and the first sentence of its message. */
const unsent: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOENT: 'there is no such socket',
  ENAMETOOLONG: 'the path is too long for a socket',
  EACCES: 'only root and the user of the server can open it',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'the network is unreachable',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

const untrusted: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from an authority this machine does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority this machine does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from an authority this machine does not know',
  CERT_SIGNATURE_FAILURE: 'its certificate comes from an authority this machine does not know',
};

const faults: Readonly<Record<string, TrustFault>> = {
  ...Object.fromEntries(Object.keys(untrusted).map((code) => [code, 'authority' as const])),
  CERT_HAS_EXPIRED: 'time',
  CERT_NOT_YET_VALID: 'time',
  ERR_TLS_CERT_ALTNAME_INVALID: 'name',
};

const broken: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was closed',
  ETIMEDOUT: 'no answer',
  EPROTO: 'the TLS handshake failed; it may want a client certificate, or speak no TLS',
};
