import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerConfiguration } from '../../config/configuration.ts';
import { type Family, gauge } from '../../telemetry/metrics/family.ts';

/** The first certificate of the file is the server's own (RFC 8446, 4.4.2). */
const firstCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;

/** When the certificate in the server's file expires; no value while the file cannot be read. */
export async function certificateFamilies({ tlsPemfile }: Pick<ServerConfiguration, 'tlsPemfile'>): Promise<Family[]> {
  if (tlsPemfile === undefined) return [];
  const help = "When the certificate in the server's file expires, in seconds since 1970";
  return [gauge('commissaire_certificate_expiry_timestamp_seconds', help, await expiryOf(tlsPemfile))];
}

async function expiryOf(path: string): Promise<number | undefined> {
  try {
    const [pem = ''] = firstCertificate.exec(await readFile(path, 'utf8')) ?? [];
    return Date.parse(new X509Certificate(pem).validTo) / 1000;
  } catch {
    return undefined;
  }
}
