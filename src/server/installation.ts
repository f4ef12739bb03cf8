import { resolve } from 'node:path';
import { backupConfiguration } from '../config/backups.ts';
import { namedFiles } from '../config/named-files.ts';
import type { Settings } from '../config/settings.ts';
import type { Installation } from '../upkeep/backup/installation.ts';

/** The places of the installation with these settings. */
export function installationOf(
  settings: Settings,
  { dataDir, configurationFile }: { dataDir: string; configurationFile: string | undefined },
): Installation {
  const { named, secret } = namedFiles(settings, configurationFile);
  const { directory } = backupConfiguration(settings, dataDir);
  return { dataDir: resolve(dataDir), backupDirectory: directory, named, leftOut: secret };
}
