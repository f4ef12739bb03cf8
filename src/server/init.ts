import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { defaultDataDirectory, runsAsRoot } from '../config/data-directory.ts';
import { configurationFileName, systemConfigurationFile } from '../config/discovery.ts';
import type { Environment } from '../config/environment.ts';
import { AppError, describeError, systemErrorCode } from '../lib/errors.ts';
import { syncFile } from '../lib/sync-file.ts';
import { lockDataDirectory } from '../store/lock.ts';
import { type CertificateFiles, certificateFiles, makeCertificates } from './pki/certificates.ts';
import { writeNewFile } from './private-file.ts';
import { randomPassword } from './random-password.ts';

/** The first user, an administrator. */
const username = 'admin';

export interface InitialiseOptions {
  /** The value of `--data-dir`; by default that of the environment, else the default directory. */
  readonly dataDir?: string | undefined;
  readonly environment: Environment;
  /** DNS names and addresses of the server, in addition to loopback and the name of the machine. */
  readonly names?: readonly string[];
  /** The port of the server. */
  readonly listenPort?: number;
  /** For tests: replaces the paths of root in /var/lib and /etc. */
  readonly system?: { readonly dataDir: string; readonly configurationFile: string };
  /** For tests: replaces the user of the process. */
  readonly root?: boolean;
}

export interface Initialised {
  readonly dataDir: string;
  readonly configurationFile: string;
  readonly username: string;
  /** Shown only here: the server stores only its hash. */
  readonly password: string;
  /** The file of the CA certificate that signed the certificate of the server. */
  readonly authorityFile: string;
  /** SHA-256 of the server's certificate. */
  readonly fingerprint: string;
  /** The command that starts the server with this configuration, quoted for a shell. */
  readonly serveCommand: string;
}

/**
 * Writes a first configuration: the data directory (0700), a users file with one administrator, a CA with a certificate
 * for the server, and the configuration file (all 0600). The files go into the data directory. For root without a given
 * data directory, the configuration file is that of the system, which `serve` finds by itself.
 *
 * The configuration file appears last and atomically. Until then a file `….incomplete` marks the unfinished work: a run
 * that finds one takes over the files of an interrupted run.
 *
 * @throws AppError `invalid_configuration` when there is a configuration or a users file already, or a file cannot be
 *   written; `invalid_address` for a name that is none; `data_directory_in_use`
 */
export async function initialise(options: InitialiseOptions): Promise<Initialised> {
  const places = placesOf(options);
  const { dataDir, configurationFile, serveCommand } = places;
  refuseExistingWork(places);
  const password = randomPassword();
  const hash = await Bun.password.hash(password, 'argon2id');
  try {
    makeDataDirectory(dataDir);
    using _lock = lockDataDirectory(dataDir);
    refuseExistingWork(places);
    mkdirSync(dirname(configurationFile), { recursive: true });
    writeNewFile(places.incomplete, configurationText(places, options.listenPort ?? 8000));
    const at = { now: new Date(), hostName: hostname() };
    const fingerprint = await makeCertificates(places.certificates, options.names ?? [], at);
    writeNewFile(places.usersFile, `${JSON.stringify({ [username]: { hash } }, null, 2)}\n`);
    renameSync(places.incomplete, configurationFile);
    syncFile(dirname(configurationFile));
    const { authority: authorityFile } = places.certificates;
    return { dataDir, configurationFile, username, password, authorityFile, fingerprint, serveCommand };
  } catch (cause) {
    throw unwritable(dataDir, cause);
  }
}

/** What `initialise` will make, as a client must know it. */
export function plannedFiles(options: InitialiseOptions): { username: string; certificate_authority: string } {
  return { username, certificate_authority: placesOf(options).certificates.authority };
}

interface Places {
  dataDir: string;
  usersFile: string;
  certificates: CertificateFiles;
  configurationFile: string;
  /** The configuration file until the work is complete. */
  incomplete: string;
  serveCommand: string;
}

function placesOf({ dataDir, environment, system, root = runsAsRoot() }: InitialiseOptions): Places {
  const given = dataDir ?? (environment.COMMISSAIRE_DATA_DIR || undefined);
  if (given === '') throw emptyDataDirectory();
  if (given === undefined && root) {
    const directory = system?.dataDir ?? defaultDataDirectory({ root, environment });
    return placesWith(directory, system?.configurationFile ?? systemConfigurationFile, 'commissaire serve');
  }
  const directory = resolve(given ?? defaultDataDirectory({ root, environment }));
  const serveCommand = `commissaire serve --data-dir ${shellWord(directory)}`;
  return placesWith(directory, join(directory, configurationFileName), serveCommand);
}

function placesWith(dataDir: string, configurationFile: string, serveCommand: string): Places {
  return {
    dataDir,
    usersFile: join(dataDir, 'users.json'),
    certificates: certificateFiles(dataDir),
    configurationFile,
    incomplete: `${configurationFile}.incomplete`,
    serveCommand,
  };
}

/** Checked before anything is changed, and again under the lock, because another run may have been faster. */
function refuseExistingWork({ configurationFile, usersFile, certificates, incomplete, serveCommand }: Places): void {
  refuseExisting(configurationFile, `start the server with: ${serveCommand}; or move the file away to begin anew`);
  if (existsSync(incomplete)) return;
  for (const file of [usersFile, ...Object.values(certificates)]) {
    refuseExisting(file, 'move it away to begin anew, or name another --data-dir');
  }
}

function refuseExisting(path: string, hint: string): void {
  if (!existsSync(path)) return;
  throw new AppError('invalid_configuration', `cannot make a first configuration: ${path} is there already`, { hint });
}

function emptyDataDirectory(): AppError {
  return new AppError('invalid_configuration', '--data-dir is empty', { hint: 'name a directory' });
}

/**
 * An existing empty directory, as packages create it, is closed to others; otherwise its mode is its owner's decision.
 */
function makeDataDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (readdirSync(path).length === 0) chmodSync(path, 0o700);
}

function configurationText({ dataDir, usersFile, certificates }: Places, listenPort: number): string {
  const configuration = {
    'listen-interface': '127.0.0.1',
    'listen-port': listenPort,
    'tls-pemfile': certificates.server,
    'authentication-plugins': [{ name: 'httpbasicauth', filepath: usersFile }],
    'role-bindings': [{ role: 'admin', subjects: [`user:${username}`] }],
    'default-role': 'none',
    'data-dir': dataDir,
  };
  return `${JSON.stringify(configuration, null, 2)}\n`;
}

function unwritable(dataDir: string, cause: unknown): unknown {
  if (cause instanceof AppError || systemErrorCode(cause) === undefined) return cause;
  const message = `cannot make a first configuration for ${dataDir}: ${describeError(cause)}`;
  return new AppError('invalid_configuration', message, {
    hint: 'name a directory you may write to with --data-dir',
    cause,
  });
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
