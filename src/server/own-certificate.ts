import { X509Certificate } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { certificateFiles } from './pki/certificates.ts';

/**
 * Whether the certificate that the server shows is the one that `commissaire init` made, and can be renewed: its file is
 * that of the data directory, and the CA that signed it is there with its key.
 */
export function isOwnCertificate(file: string, dataDir: string): boolean {
  try {
    const { server, authority, authorityKey } = certificateFiles(dataDir);
    if (realpathSync(file) !== realpathSync(server)) return false;
    readFileSync(authorityKey);
    const [shown, issuer] = [server, authority].map((path) => new X509Certificate(readFileSync(path)));
    return shown !== undefined && issuer !== undefined && shown.checkIssued(issuer) && shown.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
