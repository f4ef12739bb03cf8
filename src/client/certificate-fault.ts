import type { ServerCertificate } from './server-certificate.ts';

/**
 * Why the certificate of a server does not count: no trusted CA signed it, it is out of its time, it is for other names,
 * or it is not the pinned one.
 */
export type TrustFault = 'authority' | 'time' | 'name' | 'fingerprint';

interface Surroundings {
  /** The host in the URL of the server. */
  readonly host: string;
  readonly now: Date;
  /** The file of the CA that was given, if any. */
  readonly authority: string | undefined;
}

/** The fault in words that name what there is: the next command needs the fingerprint. */
export function describeFault(fault: TrustFault, certificate: ServerCertificate, at: Surroundings): string {
  switch (fault) {
    case 'authority':
      return byAuthority(certificate, at);
    case 'time':
      return byTime(certificate, at);
    case 'name':
      return `its certificate is for another name: ${listed(certificate.names)}, and not for ${at.host}`;
    case 'fingerprint':
      return `its certificate has another fingerprint: ${certificate.fingerprint}`;
  }
}

function byAuthority({ issuer, fingerprint }: ServerCertificate, { authority }: Surroundings): string {
  const says = `it was issued by "${issuer}"; the fingerprint of the server's certificate is ${fingerprint}`;
  return authority === undefined
    ? `its certificate comes from an authority this machine does not know: ${says}`
    : `the certificate authority ${authority} does not fit the server's certificate: ${says}`;
}

function byTime({ validFrom, validTo }: ServerCertificate, { now }: Surroundings): string {
  if (validTo <= now) return `its certificate has expired, at ${secondsOf(validTo)}`;
  if (validFrom > now) return `its certificate is not valid before ${secondsOf(validFrom)}`;
  return 'a certificate of its authority has expired, or is not valid yet';
}

function secondsOf(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'it has none' : names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');
}
