import { dirname } from 'node:path';
import installScript from '../../../install.sh' with { type: 'text' };
import environment from '../../../packaging/commissaire.env' with { type: 'text' };
import openrc from '../../../packaging/commissaire.openrc' with { type: 'text' };
import unit from '../../../packaging/commissaire.service' with { type: 'text' };
import sysusers from '../../../packaging/commissaire.sysusers' with { type: 'text' };
import tmpfiles from '../../../packaging/commissaire.tmpfiles' with { type: 'text' };
import hooksDropIn from '../../../packaging/commissaire-hooks.dropin' with { type: 'text' };
import uninstall from '../../../packaging/commissaire-uninstall.sh' with { type: 'text' };
import { AppError } from '../../lib/errors.ts';

/** The script that installs and upgrades, with the release settings of this build. */
export { installScript };

/** Where an installation has its parts. */
export interface InstalledAt {
  /** The compiled file, absolute. */
  readonly executable: string;
  /** The data directory, absolute. */
  readonly dataDir: string;
}

/** The files of an installation, by the name that `commissaire print` has for them. */
const files = {
  'systemd-unit': systemdUnit,
  openrc: openrcScript,
  uninstall: uninstallScript,
  environment: () => environment,
  sysusers: () => sysusers,
  tmpfiles: () => tmpfiles,
  'hooks-drop-in': () => hooksDropIn,
  'install-script': () => installScript,
} satisfies Record<string, (at: InstalledAt) => string>;

export type Printable = keyof typeof files;

/** What can be printed. */
export const printables = Object.keys(files);

export function isPrintable(name: string): name is Printable {
  return name in files;
}

/**
 * The text of a file of an installation with these paths.
 *
 * @throws AppError `invalid_configuration` for a path that the file cannot contain
 */
export function printed(name: Printable, at: InstalledAt): string {
  for (const path of [at.executable, at.dataDir]) checkPath(path);
  return files[name](at);
}

const usual: InstalledAt = { executable: '/usr/bin/commissaire', dataDir: '/var/lib/commissaire' };

/** A data directory that is not the usual one is no state directory of systemd's. */
function systemdUnit({ executable, dataDir }: InstalledAt): string {
  const text = unit.replace(`ExecStart=${usual.executable} serve`, `ExecStart=${executable} serve`);
  if (dataDir === usual.dataDir) return text;
  return text
    .replace(`ExecStart=${executable} serve`, `ExecStart=${executable} serve --data-dir ${dataDir}`)
    .replace('BUN_TMPDIR=%S/commissaire/tmp', `BUN_TMPDIR=${dataDir}/tmp`)
    .replace(/^StateDirectory=.*\nStateDirectoryMode=.*$/m, `ReadWritePaths=${dataDir}`);
}

function openrcScript({ executable, dataDir }: InstalledAt): string {
  const text = openrc
    .replace(`command='${usual.executable}'`, `command='${executable}'`)
    .replace(`data_dir='${usual.dataDir}'`, `data_dir='${dataDir}'`);
  return dataDir === usual.dataDir
    ? text
    : text.replace("command_args='serve'", `command_args='serve --data-dir ${dataDir}'`);
}

function uninstallScript({ executable, dataDir }: InstalledAt): string {
  return uninstall
    .replace("bin_dir='/usr/local/bin'", `bin_dir='${dirname(executable)}'`)
    .replace(`data_dir='${usual.dataDir}'`, `data_dir='${dataDir}'`);
}

/** Each of the files would read other characters in its own way. */
function checkPath(path: string): void {
  if (/^\/[\w./+-]+$/.test(path) && !path.split('/').includes('..')) return;
  throw new AppError('invalid_configuration', `"${path}" cannot be written into the files of an installation`, {
    hint: 'give an absolute path of letters, digits and . _ + -',
  });
}
