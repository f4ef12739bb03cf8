// The library below it looks for what this sets up.
import 'reflect-metadata';
import {
  BasicConstraintsExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface Issued {
  certificate: string;
  key: string;
}

/** What a revocation list says. */
export interface Revocation {
  /** Certificates that count no longer, PEM. */
  revoked?: readonly string[];
  /** When it counts; two hours around now when left out. */
  from?: Date;
  until?: Date | undefined;
}

export type Subject = { address: string } | { name: string; alternativeNames?: JsonGeneralNames };

/** From when until when a certificate counts. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A certificate authority that only the tests know. */
export interface Authority {
  /** Its own certificate, PEM. */
  certificate: string;
  /** A certificate for a server at an address, or for a client of a name; valid for two hours around now unless told. */
  issue(subject: Subject, validity?: Validity): Promise<Issued>;
  /** PEM. */
  revocationList(revocation?: Revocation): Promise<string>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export async function makeAuthority(name: string): Promise<Authority> {
  const keys = await newKeys();
  const own = await X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    certificate: own.toString('pem'),
    async issue(subject, counts = validity()) {
      const issued = await newKeys();
      const extensions: Extension[] =
        'address' in subject
          ? [new SubjectAlternativeNameExtension([{ type: 'ip', value: subject.address }])]
          : (subject.alternativeNames ?? []).length > 0
            ? [new SubjectAlternativeNameExtension(subject.alternativeNames ?? [])]
            : [];
      const certificate = await X509CertificateGenerator.create({
        ...counts,
        subject: 'address' in subject ? `CN=${subject.address}` : nameOf(subject.name),
        issuer: own.subject,
        publicKey: issued.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions,
      });
      return { certificate: certificate.toString('pem'), key: await pemOf(issued.privateKey) };
    },
    async revocationList({ revoked = [], ...validities } = {}) {
      const { from, until } = { from: validity().notBefore, until: validity().notAfter, ...validities };
      const list = await X509CrlGenerator.create({
        issuer: own.subject,
        thisUpdate: from,
        ...(until === undefined ? {} : { nextUpdate: until }),
        entries: revoked.map((pem) => ({ serialNumber: new X509Certificate(pem).serialNumber })),
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
      });
      return PemConverter.encode(list.rawData, 'X509 CRL');
    },
  };
}

/** A name that is one already stays as it is. */
function nameOf(name: string): string {
  return name === '' || name.includes('=') ? name : `CN=${name}`;
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** Two hours around now: the clocks of one machine do not differ by more. */
function validity(): Validity {
  const hour = 3_600_000;
  return { notBefore: new Date(Date.now() - hour), notAfter: new Date(Date.now() + hour) };
}

async function pemOf(key: CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}
