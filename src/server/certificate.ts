import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ServerTls } from '../api/listening.ts';
import type { ServerConfiguration } from '../config/configuration.ts';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { AppError, describeError } from '../lib/errors.ts';

/**
 * Reads the TLS files; undefined when the server has no TLS.
 *
 * @throws AppError `invalid_configuration`
 */
export function readServerTls(
  configuration: Pick<ServerConfiguration, 'tlsPemfile' | 'tlsClientverifyfile'>,
): ServerTls | undefined {
  const { tlsPemfile, tlsClientverifyfile } = configuration;
  if (tlsPemfile === undefined) return undefined;
  const clientAuthorities = tlsClientverifyfile === undefined ? undefined : readAuthorities(tlsClientverifyfile);
  return { pem: readCertificate(tlsPemfile), clientAuthorities };
}

/**
 * The PEM text of the server's certificate chain and its private key, which must match.
 *
 * @throws AppError `invalid_configuration`
 */
export function readCertificate(path: string): string {
  return readPem(path, checkPair, {
    what: 'the TLS certificate',
    hint: 'give a PEM file with the certificate chain and the private key',
  });
}

/**
 * The PEM text of one or more CA certificates.
 *
 * @throws AppError `invalid_configuration`
 */
export function readAuthorities(path: string): string {
  return readPem(path, checkAuthorities, {
    what: 'the authorities of client certificates in',
    hint: 'give a PEM file with the certificates of the CAs',
  });
}

function readPem(path: string, check: (pem: string) => void, { what, hint }: { what: string; hint: string }): string {
  try {
    const pem = withoutByteOrderMark(readFileSync(path, 'utf8'));
    check(pem);
    return pem;
  } catch (cause) {
    throw new AppError('invalid_configuration', `cannot use ${what} ${path}: ${describeError(cause)}`, { hint, cause });
  }
}

/** The first certificate of the file is the server's own (RFC 8446, 4.4.2). */
function checkPair(pem: string): void {
  const [certificate] = certificatesIn(pem);
  if (certificate === undefined) throw new Error('it holds no certificate');
  const [key] = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----[^-]+-----END ([A-Z]+ )?PRIVATE KEY-----/.exec(pem) ?? [];
  if (key === undefined) throw new Error('it holds no private key that could be read without a passphrase');
  if (!certificate.checkPrivateKey(createPrivateKey(key))) {
    throw new Error('its private key is that of another certificate');
  }
  // The TLS layer is stricter about the text between the two, and would report it only when the server starts to
  // listen.
  createSecureContext({ cert: pem, key: pem });
}

function checkAuthorities(pem: string): void {
  const certificates = certificatesIn(pem);
  if (certificates.length === 0) throw new Error('it holds no certificate');
  const other = certificates.find(({ ca }) => !ca);
  if (other === undefined) return;
  throw new Error(`the certificate "${other.subject.replaceAll('\n', ', ')}" is not that of an authority`);
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
