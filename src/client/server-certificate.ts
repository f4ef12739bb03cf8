import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { canonicalAddress } from '../lib/addresses.ts';

/** The certificate that a server shows, whoever signed it. */
export class ServerCertificate {
  /** Its SHA-256, in the spelling of openssl and `commissaire init`. */
  readonly fingerprint: string;
  /** The name of the CA that signed it, such as `CN=commissaire of jump`. */
  readonly issuer: string;
  /** The DNS names and addresses that it is for. */
  readonly names: readonly string[];
  readonly validFrom: Date;
  readonly validTo: Date;

  /** @param der in DER, or as a PEM text */
  constructor(der: Uint8Array | string) {
    const { fingerprint256, issuer, subject, subjectAltName, validFrom, validTo } = new X509Certificate(der);
    this.fingerprint = fingerprint256;
    this.issuer = issuer.replaceAll('\n', ', ');
    this.names = namesOf(subjectAltName, subject);
    this.validFrom = new Date(validFrom);
    this.validTo = new Date(validTo);
  }
}

/** Old certificates have a common name only. */
function namesOf(alternatives: string | undefined, subject: string): string[] {
  const named = (alternatives ?? '').split(', ').flatMap((each) => {
    const [, kind, name = ''] = /^(DNS|IP Address):(.+)$/.exec(each) ?? [];
    return kind === undefined ? [] : [isIP(name) === 0 ? name : canonicalAddress(name)];
  });
  const common = /^CN=(.+)$/m.exec(subject)?.[1];
  return named.length > 0 || common === undefined ? named : [common];
}
