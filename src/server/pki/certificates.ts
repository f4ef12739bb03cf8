import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError, describeError } from '../../lib/errors.ts';
import { type ReplaceOptions, replaceFile } from '../../lib/replace-file.ts';
import { writeNewFile } from '../private-file.ts';
import { fingerprintOf, type Issued, issueAuthority, issueClient, issueServer } from './issue.ts';
import { namesIn, serverNames } from './names.ts';

/** Where the certificates of a data directory are. */
export interface CertificateFiles {
  /** The CA certificate, which clients are given. */
  readonly authority: string;
  readonly authorityKey: string;
  /** Key and certificate of the server, and the CA certificate, for clients that only know a fingerprint. */
  readonly server: string;
}

export function certificateFiles(dataDir: string): CertificateFiles {
  return {
    authority: join(dataDir, 'ca.pem'),
    authorityKey: join(dataDir, 'ca.key'),
    server: join(dataDir, 'server.pem'),
  };
}

export interface Circumstances {
  readonly now: Date;
  /** The name of this machine. */
  readonly hostName: string;
}

/**
 * Creates a CA and a certificate for the server. Returns the fingerprint of the latter.
 *
 * @throws AppError `invalid_address` for a name that is none
 */
export async function makeCertificates(
  files: CertificateFiles,
  names: readonly string[],
  { now, hostName }: Circumstances,
): Promise<string> {
  const all = serverNames(names, hostName);
  const authority = await issueAuthority(
    `commissaire of ${hostName.replace(/[^A-Za-z0-9.-]/g, '-')}`.slice(0, 64),
    now,
  );
  const server = await issueServer(all, { authority, now });
  writeNewFile(files.authorityKey, authority.key);
  writeNewFile(files.authority, authority.certificate, 0o644);
  writeNewFile(files.server, serverText(server, authority));
  return fingerprintOf(server.certificate);
}

/** A renewed certificate. */
export interface Renewed {
  readonly file: string;
  readonly fingerprint: string;
  readonly names: readonly string[];
}

/**
 * Issues a new certificate for the server from its present CA, with the present names and the given ones.
 *
 * @throws AppError `invalid_configuration`, `invalid_address`
 */
export async function renewServer(dataDir: string, names: readonly string[], at: Circumstances): Promise<Renewed> {
  const files = certificateFiles(dataDir);
  const authority = readAuthority(files);
  const present = existsSync(files.server) ? namesIn(readFileSync(files.server, 'utf8')) : [];
  const all = serverNames([...names, ...present], at.hostName);
  const server = await issueServer(all, { authority, now: at.now });
  attempt(files.server, () => replaceFile(files.server, serverText(server, authority), kept()));
  return { file: files.server, fingerprint: fingerprintOf(server.certificate), names: all };
}

/**
 * Issues a certificate for a client, and writes it with its key to a new file.
 *
 * @throws AppError `invalid_configuration`, `invalid_name`
 */
export async function makeClient(
  dataDir: string,
  { name, file }: { readonly name: string; readonly file: string },
  { now }: Circumstances,
): Promise<void> {
  // In the text form of a name, other characters could turn it into another name.
  if (!/^[A-Za-z0-9._@-]{1,64}$/.test(name)) {
    throw new AppError('invalid_name', `"${name.slice(0, 80)}" is not a common name`, {
      hint: 'use 1 to 64 letters, digits, ".", "_", "@" and "-"',
    });
  }
  if (existsSync(file)) throw unusable(file, new Error('it is there already'), 'name another file with --out');
  const client = await issueClient(name, { authority: readAuthority(certificateFiles(dataDir)), now });
  attempt(file, () => replaceFile(file, client.key + client.certificate));
}

/** Root may renew it for the user of the server, who must be able to read it afterwards. */
function kept(): ReplaceOptions {
  return process.getuid?.() === 0 ? { keeps: 'owner' } : {};
}

function serverText(server: Issued, authority: Issued): string {
  return server.key + server.certificate + authority.certificate;
}

function readAuthority({ authority, authorityKey }: CertificateFiles): Issued {
  try {
    return { certificate: readFileSync(authority, 'utf8'), key: readFileSync(authorityKey, 'utf8') };
  } catch (cause) {
    throw unusable(dirname(authority), cause, 'name the data directory that `commissaire init` made with --data-dir');
  }
}

function attempt(file: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw unusable(file, cause, 'run this as the user who owns the data directory');
  }
}

function unusable(file: string, cause: unknown, hint: string): AppError {
  return new AppError('invalid_configuration', `cannot make a certificate: ${file}: ${describeError(cause)}`, {
    hint,
    cause,
  });
}
