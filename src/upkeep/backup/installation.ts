import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { AppError } from '../../lib/errors.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { dataPrefix, outsidePrefix, type Part } from './file/manifest.ts';

/** The places of an installation. */
export interface Installation {
  /** The data directory, absolute. */
  readonly dataDir: string;
  /** Where backups are; they are not in a backup. */
  readonly backupDirectory: string;
  /** The files that the configuration names, and the configuration file, absolute. Some may not exist. */
  readonly named: readonly string[];
  /** Files that are never in a backup, such as that of the passphrase, absolute. */
  readonly leftOut: readonly string[];
}

/** A file that belongs to an installation. */
export interface InstallationFile {
  readonly path: string;
  /** As in a manifest. */
  readonly name: string;
  readonly kind: Part['kind'];
}

/** Something that belongs to an installation and is not in the backup. */
export interface LeftOut {
  readonly path: string;
  readonly why: string;
}

export interface InstallationFiles {
  readonly files: readonly InstallationFile[];
  readonly leftOut: readonly LeftOut[];
}

/** The marker of a restored data directory: see `restored`. */
export const restoredName = 'restored.json';
/** A directory in the data directory with what a backup or a restore works on. The next one removes it. */
export const stagingName = 'backup.unfinished';

/** What is at the top of a data directory and is not an installation's file: it is made anew, or has its own part. */
const ownNames = new Set([
  'store',
  'store.incomplete',
  'master.key',
  'lock',
  'lock-journal',
  'lock-wal',
  'lock-shm',
  'server.pid',
  'snapshots',
  'backups',
  'tmp',
  restoredName,
  stagingName,
]);
const passing = /\.(new|incomplete|unfinished|sock)$/;
/** A data directory that has more files is not one. */
const mostFiles = 20_000;

/**
 * The files of an installation beside the store and the master key. Sockets and other special files belong to no backup.
 *
 * @throws AppError `store_unusable` when the data directory cannot be read
 */
export function filesOf(installation: Installation): InstallationFiles {
  const { dataDir, named, leftOut } = installation;
  const found = new Found(installation);
  found.walk(dataDir);
  for (const path of new Set(named.map((each) => resolve(each)))) {
    if (isInside(dataDir, path)) continue;
    if (leftOut.includes(path)) found.leftOut.push({ path, why: secretWhy });
    else found.addFile({ path, name: outsidePrefix + path.replace(/^\/+/, ''), kind: 'outside' });
  }
  return found;
}

const secretWhy = 'it opens what is in the backup, and is kept apart from it';

class Found implements InstallationFiles {
  readonly files: InstallationFile[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #installation: Installation;

  constructor(installation: Installation) {
    this.#installation = installation;
  }

  walk(directory: string): void {
    for (const name of this.#namesIn(directory)) this.#look(join(directory, name));
  }

  addFile(file: InstallationFile): void {
    try {
      if (!statSync(file.path).isFile()) return;
    } catch (error) {
      const why = systemReason(error);
      // A file that is named and does not exist is the business of the check of the configuration.
      if (file.kind === 'file') this.leftOut.push({ path: file.path, why });
      return;
    }
    this.files.push(file);
    if (this.files.length > mostFiles) {
      throw new AppError('store_unusable', `there are more than ${mostFiles} files in ${this.#installation.dataDir}`, {
        hint: 'name the data directory of a server, and move what does not belong to it elsewhere',
      });
    }
  }

  #look(path: string): void {
    const { dataDir, backupDirectory, leftOut } = this.#installation;
    const name = relative(dataDir, path);
    if (ownNames.has(name) || passing.test(name) || path === resolve(backupDirectory)) return;
    if (leftOut.includes(path)) {
      this.leftOut.push({ path, why: secretWhy });
      return;
    }
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) this.walk(path);
    else if (found?.isSymbolicLink() && isDirectory(path)) {
      this.leftOut.push({ path, why: 'it is a link to a directory' });
    } else if (found?.isFile() || found?.isSymbolicLink())
      this.addFile({ path, name: dataPrefix + name, kind: 'file' });
  }

  #namesIn(directory: string): string[] {
    try {
      return readdirSync(directory).sort();
    } catch (cause) {
      if (directory !== this.#installation.dataDir) {
        this.leftOut.push({ path: directory, why: systemReason(cause) });
        return [];
      }
      throw new AppError('store_unusable', `the data directory ${directory} cannot be read: ${systemReason(cause)}`, {
        hint: 'run this as root, or as the user of the server',
        cause,
      });
    }
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Whether a path is below a directory. */
export function isInside(directory: string, path: string): boolean {
  return resolve(path).startsWith(`${resolve(directory)}/`);
}
