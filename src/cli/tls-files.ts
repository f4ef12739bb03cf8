import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateCredentials } from '../client/credentials.ts';
import type { ServerTrust } from '../client/server-trust.ts';
import { withoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { certificateFingerprint } from '../lib/fingerprint.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { Site } from './site.ts';
import { UsageError } from './usage-error.ts';

type TrustMembers = Pick<Site, 'certificateAuthority' | 'fingerprint'>;
type CertificateMembers = Pick<Site, 'clientCertificate' | 'clientKey'>;

/** Which server to trust. @throws UsageError */
export async function trustOf({ certificateAuthority, fingerprint }: TrustMembers, home: string): Promise<ServerTrust> {
  if (fingerprint !== undefined && certificateFingerprint(fingerprint) === undefined) {
    throw new UsageError(`"fingerprint": "${fingerprint}" is not the SHA-256 of a certificate`, {
      hint: 'give what `openssl x509 -in server.pem -noout -fingerprint -sha256` prints',
    });
  }
  const authority =
    certificateAuthority === undefined
      ? {}
      : {
          certificateAuthority: await pemOf(
            'certificate_authority',
            atHome(certificateAuthority, home),
            /BEGIN CERTIFICATE/,
          ),
          certificateAuthorityFile: certificateAuthority,
        };
  return { ...authority, ...(fingerprint === undefined ? {} : { fingerprint }) };
}

/** The client certificate, with its key. @throws UsageError */
export async function clientCertificateOf(
  { clientCertificate, clientKey = clientCertificate }: CertificateMembers,
  home: string,
): Promise<CertificateCredentials | undefined> {
  if (clientCertificate === undefined || clientKey === undefined) return undefined;
  return {
    certificate: await pemOf('client_certificate', atHome(clientCertificate, home), /BEGIN CERTIFICATE/),
    key: await pemOf('client_key', atHome(clientKey, home), /BEGIN [A-Z ]*PRIVATE KEY/),
  };
}

/** A leading `~/` means the home directory. */
export function atHome(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}

async function pemOf(member: string, path: string, wanted: RegExp): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`"${member}": cannot read ${path}: ${systemReason(cause)}`, { cause });
  });
  if (wanted.test(text)) return withoutByteOrderMark(text);
  throw new UsageError(`"${member}": ${path} is not the PEM file that belongs here`);
}
