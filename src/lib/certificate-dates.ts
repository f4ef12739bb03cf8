import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dayMs } from './clock.ts';

/** The dates of a certificate, in milliseconds since the epoch, and what it is called in messages. */
export interface DatedCertificate {
  readonly file: string;
  readonly subject: string;
  readonly fingerprint: string;
  readonly from: number;
  readonly until: number;
}

/** At most so long before its end a certificate that nobody renews is reported. */
const mostNotice = 30 * dayMs;

/** The certificates of a PEM file. @throws the error of the system, or of what is no certificate */
export function certificatesOf(file: string): DatedCertificate[] {
  const blocks = readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => {
    const { subject, fingerprint256: fingerprint, validFrom, validTo } = new X509Certificate(block);
    return {
      file,
      subject: subject.replaceAll('\n', ', '),
      fingerprint,
      from: Date.parse(validFrom),
      until: Date.parse(validTo),
    };
  });
}

/** Whether less than a third of its life is left, which is when the server renews its own. */
export function isDueForRenewal({ from, until }: DatedCertificate, now: number): boolean {
  return until - now < (until - from) / 3;
}

/** Whether somebody should renew it: 30 days before its end, or after two thirds of a shorter life. */
export function isExpiring(certificate: DatedCertificate, now: number): boolean {
  const { from, until } = certificate;
  return until - now < Math.min(mostNotice, (until - from) / 3);
}

/** The whole days that are left; negative after the end. */
export function daysLeft({ until }: DatedCertificate, now: number): number {
  return Math.floor((until - now) / dayMs);
}
