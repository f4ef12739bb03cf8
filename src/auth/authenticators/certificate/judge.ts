import type { X509Certificate as VerifiedCertificate } from 'node:crypto';
import { type GeneralName, SubjectAlternativeNameExtension, X509Certificate } from '@peculiar/x509';
import type { Identity, Refusal } from '../../authenticator.ts';
import { isName } from '../prefixed-names.ts';
import type { CertificateRules } from './rules.ts';

/**
 * Identifies a caller by a certificate that the TLS layer has verified. It throws when it cannot find out whether the
 * certificate was revoked.
 */
export function certificateJudge({ cn, san, clock, lists }: CertificateRules) {
  // Parsing a certificate takes half a millisecond, and every request of a connection has the same object.
  const known = new WeakMap<VerifiedCertificate, ReadCertificate>();
  return async (shown: VerifiedCertificate): Promise<Identity | Refusal> => {
    const read = known.get(shown) ?? readCertificate(shown, san);
    known.set(shown, read);
    const { certificate, named, notAfter } = read;
    if (typeof named !== 'string') return named;
    // A connection may live longer than its certificate.
    if (notAfter <= clock.now()) return { refused: 'the certificate has expired', claimed: named };
    if (cn !== undefined && cn !== named) return { refused: `the common name is not "${cn}"`, claimed: named };
    if (await lists?.().isRevoked(certificate, clock.now())) {
      return { refused: 'the certificate was revoked', claimed: named };
    }
    const name = `certificate:${named}`;
    return { name, method: 'httpauthclientcert', subjects: [name] };
  };
}

/** The parts of a certificate that never change. */
interface ReadCertificate {
  readonly certificate: X509Certificate;
  readonly named: string | Refusal;
  readonly notAfter: Date;
}

function readCertificate({ raw }: VerifiedCertificate, san: readonly string[] | undefined): ReadCertificate {
  const certificate = new X509Certificate(raw);
  return { certificate, named: nameOf(certificate, san), notAfter: certificate.notAfter };
}

/** The common name; for a certificate without one, the alternative name that matched a rule. */
function nameOf(certificate: X509Certificate, san: readonly string[] | undefined): string | Refusal {
  const matching = alternativeNames(certificate).find((name) => san?.includes(name));
  if (san !== undefined && matching === undefined) return { refused: 'none of its alternative names is asked for' };
  const [common, ...more] = certificate.subjectName.getField('CN');
  if (more.length > 0) return { refused: 'the certificate has several common names' };
  if (common === undefined) return matching ?? { refused: 'the certificate has no common name' };
  if (!isName(common)) return { refused: 'the common name is too long, or has a control character in it' };
  // It would be taken for the alternative name of another certificate.
  if (/^(DNS|URI|email|IP):/.test(common)) return { refused: 'the common name looks like an alternative name' };
  return common;
}

/** The alternative names of the kinds that a rule can ask for, as openssl writes them. */
function alternativeNames(certificate: X509Certificate): string[] {
  const items = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  return items.flatMap(({ type, value }) => (type in kinds ? `${kinds[type]}:${value}` : []));
}

const kinds: Partial<Record<GeneralName['type'], string>> = { dns: 'DNS', url: 'URI', email: 'email', ip: 'IP' };
