import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension, X509CertificateGenerator } from '@peculiar/x509';
import { dayMs } from '../../lib/clock.ts';

/** A certificate and its private key, both PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** The parts of a certificate that the issuer decides. */
export interface Issuing {
  readonly authority: Issued;
  readonly now: Date;
}

const authorityDays = 3650;
/** Apple's systems trust a server's certificate of a private CA for no longer. */
const serverDays = 825;
const clientDays = 825;

/** ECDSA with P-256, which every TLS library of the last ten years can verify. */
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A self-signed CA, for ten years. */
export async function issueAuthority(commonName: string, now: Date): Promise<Issued> {
  const x509 = await library();
  const keys = await newKeys();
  const name = [{ CN: [commonName] }];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    keys,
    signingAlgorithm: algorithm,
    ...validity(now, authorityDays),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemText(certificate.toString('pem')), key: await pemOfKey(keys.privateKey) };
}

/**
 * A certificate for a server.
 *
 * @param names its DNS names and IP addresses, at least one
 */
export async function issueServer(names: readonly string[], issuing: Issuing): Promise<Issued> {
  const x509 = await library();
  const [first = 'localhost'] = names;
  const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
  return issue(issuing, {
    commonName: first.slice(0, 64),
    days: serverDays,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(alternatives),
    ],
  });
}

/** A certificate for a client, whose name is its common name. */
export async function issueClient(commonName: string, issuing: Issuing): Promise<Issued> {
  const x509 = await library();
  const extensions = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
  return issue(issuing, { commonName, days: clientDays, extensions });
}

interface Wanted {
  readonly commonName: string;
  readonly days: number;
  readonly extensions: Extension[];
}

async function issue({ authority, now }: Issuing, { commonName, days, extensions }: Wanted): Promise<Issued> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await newKeys();
  const { notBefore, notAfter } = validity(now, days);
  const request: Parameters<typeof X509CertificateGenerator.create>[0] = {
    serialNumber: serialNumber(),
    subject: [{ CN: [commonName] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.key),
    signingAlgorithm: algorithm,
    notBefore,
    // No certificate outlives its CA.
    notAfter: new Date(Math.min(notAfter.getTime(), issuer.notAfter.getTime())),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...extensions,
    ],
  };
  const certificate = await x509.X509CertificateGenerator.create(request);
  return { certificate: pemText(certificate.toString('pem')), key: await pemOfKey(keys.privateKey) };
}

/** The SHA-256 of the first certificate of a PEM text, as `openssl x509 -fingerprint -sha256` prints it. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

/** Loaded only where certificates are created, so that a start of the server does not wait for it. */
async function library() {
  // The library needs this when it is loaded.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

/** 16 random bytes, positive and without a leading zero (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** Valid since an hour ago, because clocks differ. */
function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - 3_600_000), notAfter: new Date(now.getTime() + days * dayMs) };
}

function signingKey(pem: string): Promise<CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return crypto.subtle.importKey('pkcs8', new Uint8Array(der), algorithm, false, ['sign']);
}

async function pemOfKey(key: CryptoKey): Promise<string> {
  const x509 = await library();
  return pemText(x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY'));
}

function pemText(text: string): string {
  return `${text.trimEnd()}\n`;
}
