import { buildAuthentication } from '../auth/build.ts';
import { roleConfigurationOf } from '../auth/role-configuration.ts';
import { Attempts } from '../auth/throttle/attempts.ts';
import { readConfiguration } from '../config/discovery.ts';
import { Faults } from '../config/faults.ts';
import { readStandardInput, settingsOfFile } from '../config/gather.ts';
import { fault, type Given, givenScalar } from '../config/given.ts';
import { checkTogether, configurationOf } from '../config/load.ts';
import { configurationNotes } from '../config/notes.ts';
import { readablePlugins } from '../config/plugins.ts';
import type { Settings } from '../config/settings.ts';
import { readPath } from '../config/values.ts';
import { readSecret } from '../hooks/webhook.ts';
import { systemClock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { readAuthorities, readCertificate } from './certificate.ts';

export interface CheckedConfiguration {
  /** The name of the file in the faults. */
  readonly source: string;
  /** One line for each fault, with place and fix, in the order of the file. */
  readonly faults: readonly string[];
  /** What the server would log at a start without faults: ignored and risky options. */
  readonly notes: readonly string[];
}

/**
 * Finds all faults of a configuration file and the files it names that show without a start. It uses only this file:
 * neither the environment nor other locations.
 *
 * @param file its path, or `-` for standard input
 * @throws AppError `invalid_configuration` when it cannot be read
 */
export async function checkConfigurationFile(file: string): Promise<CheckedConfiguration> {
  const text = readConfiguration(givenScalar(file, file), readStandardInput);
  const faults = new Faults();
  const notes: string[] = [];
  const gathered = settingsOfFile(text, faults);
  const { settings } = gathered;
  checkTogether(settings, faults);
  if (faults.found.length === 0) {
    const configuration = configurationOf(gathered, { environment: {} });
    faults.attempt(() => roleConfigurationOf(configuration));
    notes.push(...configurationNotes(configuration, settings, {}));
  }
  await checkNamedFiles(settings, faults, notes);
  const inOrder = faults.found.toSorted((one, other) => placeOf(one.message) - placeOf(other.message));
  return { source: text.source, faults: inOrder.map(describeError), notes: inOrder.length === 0 ? notes : [] };
}

/** Finds the faults of the files that a configuration names: users, certificates, CAs, secrets of hooks. */
export async function checkNamedFiles(settings: Settings, faults: Faults, notes: string[]): Promise<void> {
  await checkPlugins(settings, faults, notes);
  checkFiles(settings, faults);
}

async function checkPlugins(settings: Settings, faults: Faults, notes: string[]): Promise<void> {
  const name = 'authentication-plugins';
  const given = settings.find(name) ?? settings.faulty(name);
  const authenticationPlugins = given === undefined ? [] : readablePlugins(given);
  const randomBytes = (length: number) => new Uint8Array(length);
  const attempts = new Attempts(systemClock);
  const surroundings = { clock: systemClock, logger: collecting(notes), randomBytes, attempts };
  const next = { authenticationPlugins, selfAuths: [], tlsClientverifyfile: clientAuthorities(settings) };
  await faults.attemptAsync(() => buildAuthentication(next, surroundings));
}

/** Faults of the file itself are reported elsewhere. */
function clientAuthorities(settings: Settings): string | undefined {
  const given = settings.find('tls-clientverifyfile');
  return given === undefined ? undefined : new Faults().attempt(() => readPath(given));
}

/** Checks the files that a start reads. */
function checkFiles(settings: Settings, faults: Faults): void {
  const pem = settings.find('tls-pemfile');
  if (pem !== undefined) faults.attempt(() => placed(pem, readCertificate));
  const authorities = settings.find('tls-clientverifyfile');
  if (authorities !== undefined) faults.attempt(() => placed(authorities, readAuthorities));
  const hooks = settings.find('hooks') ?? settings.faulty('hooks');
  for (const file of secretFiles(hooks)) faults.attempt(() => placed(file, readSecret));
}

function secretFiles(hooks: Given | undefined): Given[] {
  if (hooks?.kind !== 'list') return [];
  const members = hooks.items.flatMap((hook) => (hook.kind === 'object' ? hook.members : []));
  const files = members.filter(({ name }) => name.replaceAll('-', '_') === 'secret_file').map(({ value }) => value);
  return files.filter((file) => file.kind === 'scalar' && typeof file.value === 'string' && file.value !== '');
}

/** Reports a fault of a file at the option that names it. */
function placed(given: Given, read: (path: string) => unknown): void {
  try {
    read(readPath(given));
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw fault(given.where, cause.message, cause.hint ?? 'name another file', cause);
  }
}

function collecting(notes: string[]): Logger {
  const ignore = () => {};
  const warn = (_details: object, message: string) => void notes.push(message);
  const logger: Logger = { debug: ignore, info: ignore, warn, error: ignore, child: () => logger };
  return logger;
}

/** Faults begin with file, line and column. */
function placeOf(message: string): number {
  const [, line, column] = /:(\d+):(\d+): /.exec(message) ?? [];
  return Number(line ?? 0) * 1e6 + Number(column ?? 0);
}
