import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerConfiguration } from '../../config/configuration.ts';
import { plainValue } from '../../config/given.ts';
import type { Check, Found, Site } from './check.ts';

/** Bits of a mode that a file may not have. */
const forbidden = {
  /** Others and the group may not read or write. */
  private: 0o077,
  /** A group may read: that of the service. */
  ofGroup: 0o037,
  /** Nobody else may write. */
  fixed: 0o022,
} as const;

interface Wanted {
  readonly what: string;
  readonly path: string;
  readonly bits: number;
  readonly mode: string;
  /** Whether its owner must be that of the data directory, who is the user of the server, or root. */
  readonly ofServer?: boolean;
}

/** The environment file of the service, as the installer puts it. */
const environmentFile = '/etc/commissaire/commissaire.env';

/** The modes and owners of keys and of files with secrets; files that do not exist are left out. */
export const permissions: Check = {
  name: 'permissions',
  group: 'data',
  run(site) {
    const directory = statSync(site.dataDir, { throwIfNoEntry: false });
    if (directory === undefined) {
      return [{ verdict: 'ok', found: `${site.dataDir} does not exist yet: the first start makes it` }];
    }
    const files = wantedOf(site).flatMap((wanted) => {
      const found = statSync(wanted.path, { throwIfNoEntry: false });
      return found === undefined ? [] : judged(wanted, found, directory);
    });
    return files.length > 0 ? files : [{ verdict: 'ok', found: 'there are no files to examine yet' }];
  },
};

function wantedOf({ dataDir, configurationFile, configuration }: Site): Wanted[] {
  const of = (name: string) => join(dataDir, name);
  const files: Wanted[] = [
    { what: 'data directory', path: dataDir, bits: forbidden.ofGroup, mode: '700' },
    { what: 'master key', path: of('master.key'), bits: forbidden.private, mode: '600', ofServer: true },
    { what: 'store', path: of('store/data.mdb'), bits: forbidden.fixed, mode: '600', ofServer: true },
    { what: 'key of the CA', path: of('ca.key'), bits: forbidden.private, mode: '600' },
    { what: 'environment file', path: environmentFile, bits: forbidden.ofGroup, mode: '600' },
  ];
  if (configurationFile !== undefined && configurationFile !== 'standard input') {
    files.push({ what: 'configuration', path: configurationFile, bits: forbidden.fixed, mode: '640' });
  }
  return configuration === undefined ? files : [...files, ...namedBy(configuration)];
}

/** The files that the configuration names. */
function namedBy({ tlsPemfile, masterPassphraseFile, hooks, authenticationPlugins }: ServerConfiguration): Wanted[] {
  const secret = (what: string, path: string | undefined): Wanted[] =>
    path === undefined ? [] : [{ what, path, bits: forbidden.ofGroup, mode: '600' }];
  const files: Wanted[] = [
    ...secret('TLS key', tlsPemfile),
    ...secret('passphrase', masterPassphraseFile),
    ...hooks.flatMap(({ name, act }) => (act.kind === 'url' ? secret(`secret of hook ${name}`, act.secretFile) : [])),
    ...hooks.flatMap(({ name, act }) =>
      act.kind === 'command'
        ? [{ what: `command of hook ${name}`, path: act.argv[0] ?? '', bits: forbidden.fixed, mode: '755' }]
        : [],
    ),
    ...authenticationPlugins.flatMap(({ name, options }) =>
      options.flatMap((option): Wanted[] => {
        const value = option.value.kind === 'scalar' ? plainValue(option.value) : undefined;
        if (typeof value !== 'string' || !value.startsWith('/')) return [];
        // The hashes of a users file are worth guessing at; other files, such as CAs, need only be safe from changes.
        return option.name === 'filepath'
          ? [{ what: `users of ${name}`, path: value, bits: forbidden.ofGroup, mode: '600' }]
          : [{ what: `${option.name} of ${name}`, path: value, bits: forbidden.fixed, mode: '644' }];
      }),
    ),
  ];
  return files.filter(({ path }) => path.startsWith('/'));
}

function judged({ what, path, bits, mode, ofServer }: Wanted, found: Stats, directory: Stats): Found[] {
  const about = `${what} ${path}`;
  const present = (found.mode & 0o777).toString(8);
  if ((found.mode & bits) !== 0) {
    return [
      { verdict: 'failure', about, found: `others may use it (mode ${present})`, remedy: `run: chmod ${mode} ${path}` },
    ];
  }
  if (ofServer && found.uid !== directory.uid) {
    const remedy = `run: chown --reference=${quotedDirectory(path)} ${path}`;
    return [{ verdict: 'failure', about, found: `its owner is not that of the data directory`, remedy }];
  }
  return [{ verdict: 'ok', about, found: `mode ${present}` }];
}

function quotedDirectory(path: string): string {
  return path.replace(/\/(store\/)?[^/]+$/, '');
}
