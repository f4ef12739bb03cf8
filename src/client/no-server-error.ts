import type { TrustFault } from './certificate-fault.ts';
import type { ServerCertificate } from './server-certificate.ts';

/** An endpoint that could not be reached, with the reason. */
export interface Tried {
  readonly endpoint: string;
  readonly reason: string;
  /** The server answers, but its identity could not be verified: `trust` can provide what is missing. */
  readonly isUntrusted: boolean;
  /** Set when the certificate of the server does not count. */
  readonly fault?: TrustFault | undefined;
  /** The certificate with that fault, when the server showed it once more. */
  readonly certificate?: ServerCertificate | undefined;
}

/** No endpoint could be reached. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
  /** In the order of the attempts. */
  readonly tried: readonly Tried[];

  constructor(tried: readonly Tried[]) {
    const lines = tried.map(({ endpoint, reason }) => `- ${endpoint}: ${reason}`);
    super(['No servers could be reached. Tried the following:', ...lines].join('\n'));
    this.tried = tried;
  }
}
