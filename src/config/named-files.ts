import { isAbsolute, resolve } from 'node:path';
import type { Given } from './given.ts';
import type { Settings } from './settings.ts';
import { readPath } from './values.ts';

/** The options that name a file which belongs to the installation. */
const fileOptions = ['tls-pemfile', 'tls-clientverifyfile'];
/** The options whose members may name files: users files, keys, certificates, plugins. */
const structuredOptions = ['authentication-plugins', 'hooks', 'backup-targets'];
/** The files that open a backup, which are kept apart from it. */
const secretOptions = ['master-passphrase-file', 'backup-passphrase-file'];

/** The files that a configuration names, as absolute paths. They may not exist. */
export function namedFiles(settings: Settings, configurationFile: string | undefined) {
  const named = [
    ...(configurationFile === undefined || configurationFile === 'standard input' ? [] : [configurationFile]),
    ...fileOptions.flatMap((name) => pathOf(settings, name)),
    ...structuredOptions.flatMap((name) => pathsIn(settings.find(name))),
  ];
  return { named: named.map((path) => resolve(path)), secret: secretOptions.flatMap((name) => pathOf(settings, name)) };
}

function pathOf(settings: Settings, name: string): string[] {
  const given = settings.faulty(name) === undefined ? settings.find(name) : undefined;
  return given === undefined ? [] : [resolve(readPath(given))];
}

/** A text that is an absolute path may name a file; a command of a hook is a program of the machine. */
function pathsIn(given: Given | undefined): string[] {
  if (given === undefined) return [];
  if (given.kind === 'list') return given.items.flatMap(pathsIn);
  if (given.kind === 'object') {
    return given.members.filter(({ name }) => name !== 'command').flatMap(({ value }) => pathsIn(value));
  }
  return typeof given.value === 'string' && isAbsolute(given.value) ? [given.value] : [];
}
