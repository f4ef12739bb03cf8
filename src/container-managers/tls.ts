import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { systemErrorCode } from '../lib/errors.ts';
import type { KubernetesOptions } from './options.ts';

/** What `fetch` takes to know the server and to be known to it. */
export interface TlsSettings {
  ca?: string;
  cert?: string;
  key?: string;
  rejectUnauthorized: boolean;
}

const maxFileBytes = 1024 * 1024;

/**
 * Reads the files that the options name, each time anew: certificates are renewed.
 *
 * @throws Error naming the file that cannot be used, and why; never what is in it
 */
export async function tlsSettings(options: KubernetesOptions): Promise<TlsSettings> {
  const { certificate_authority: ca, certificate_path, certificate_key_path, insecure = false } = options;
  const settings: TlsSettings = { rejectUnauthorized: !insecure };
  if (ca !== undefined) settings.ca = await authorityOf(ca);
  if (certificate_path === undefined || certificate_key_path === undefined) return settings;
  const cert = await pemIn(certificate_path, 'certificate', isCertificate);
  const key = await pemIn(certificate_key_path, 'private key', isPrivateKey);
  return { ...settings, cert, key };
}

/** The text itself, or that of the file it names. Garbage must not end in the system's authorities being believed. */
async function authorityOf(authority: string): Promise<string> {
  if (authority.startsWith('/')) return pemIn(authority, 'certificate', isCertificate);
  if (isCertificate(authority)) return authority;
  throw new Error('certificate_authority does not hold a certificate as PEM');
}

async function pemIn(path: string, what: string, isOne: (text: string) => boolean): Promise<string> {
  const text = await textOf(path).catch((error: unknown) => {
    throw new Error(`${path} cannot be read: ${systemErrorCode(error) ?? 'it is no file of a usual size'}`);
  });
  if (isOne(text)) return text;
  throw new Error(`${path} does not hold a ${what} as PEM`);
}

/** A device or a pipe might never end. */
async function textOf(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile() || found.size > maxFileBytes) throw new Error('not a file of a usual size');
  return readFile(path, 'utf8');
}

function isCertificate(text: string): boolean {
  return succeeds(() => new X509Certificate(text));
}

function isPrivateKey(text: string): boolean {
  return succeeds(() => createPrivateKey(text));
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}
