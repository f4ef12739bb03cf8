import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AppError, describeError } from '../lib/errors.ts';

/**
 * The PEM text of the server's certificate chain and its private key, which was made sure to go with it.
 *
 * @throws AppError `invalid_configuration`
 */
export function readCertificate(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    checkPair(pem);
    return pem;
  } catch (cause) {
    const problem = `cannot use the TLS certificate ${path}: ${describeError(cause)}`;
    throw new AppError('invalid_configuration', problem, {
      hint: 'give a PEM file with the certificate chain and the private key',
      cause,
    });
  }
}

/** The first certificate of the file is the server's own (RFC 8446, 4.4.2). */
function checkPair(pem: string): void {
  const [certificate] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pem) ?? [];
  if (certificate === undefined) throw new Error('it holds no certificate');
  const [key] = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----[^-]+-----END ([A-Z]+ )?PRIVATE KEY-----/.exec(pem) ?? [];
  if (key === undefined) throw new Error('it holds no private key that could be read without a passphrase');
  if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return;
  throw new Error('its private key is that of another certificate');
}
