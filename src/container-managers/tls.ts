import { certificateIn, isCertificate, privateKeyIn } from '../lib/pem-file.ts';
import type { KubernetesOptions } from './options.ts';

/** What `fetch` needs to verify the server and to authenticate. */
export interface TlsSettings {
  ca?: string;
  cert?: string;
  key?: string;
  rejectUnauthorized: boolean;
}

/**
 * Reads the files that the options name, again for each call, because certificates are renewed.
 *
 * @throws Error naming the file that cannot be used, and why; never what is in it
 */
export async function tlsSettings(options: KubernetesOptions): Promise<TlsSettings> {
  const { certificate_authority: ca, certificate_path, certificate_key_path, insecure = false } = options;
  const settings: TlsSettings = { rejectUnauthorized: !insecure };
  if (ca !== undefined) settings.ca = await authorityOf(ca);
  if (certificate_path === undefined || certificate_key_path === undefined) return settings;
  const cert = await certificateIn(certificate_path);
  const key = await privateKeyIn(certificate_key_path);
  return { ...settings, cert, key };
}

/** The text itself, or that of the file it names. An invalid text must not make the system's CAs trusted instead. */
async function authorityOf(authority: string): Promise<string> {
  if (authority.startsWith('/')) return certificateIn(authority);
  if (isCertificate(authority)) return authority;
  throw new Error('certificate_authority does not hold a certificate as PEM');
}
