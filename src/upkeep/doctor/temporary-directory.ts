import { isUsable, readMounts } from '../../lib/executable-directory.ts';
import type { Check } from './check.ts';

/** The compiled file unpacks the addon of the store to a directory, and maps it as code from there. */
export const temporaryDirectory: Check = {
  name: 'temporary directory',
  group: 'machine',
  run({ environment, dataDir }) {
    const directory = environment.BUN_TMPDIR ?? environment.TMPDIR ?? '/tmp';
    const mounts = readMounts();
    if (isUsable(directory, mounts)) return [{ verdict: 'ok', found: `files can be executed from ${directory}` }];
    const isReplaced = isUsable(dataDir, mounts);
    return [
      {
        verdict: isReplaced ? 'warning' : 'failure',
        found: `no file can be executed from ${directory}${isReplaced ? `; the server uses ${dataDir}/tmp instead` : ''}`,
        remedy: 'set BUN_TMPDIR to a directory of the user of the server on a file system that is not mounted noexec',
      },
    ];
  },
};
