import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkDataFileInUse, dataFileOf, fileState } from '../../store/store-file.ts';
import type { Check, Found } from './check.ts';

/** Whether the file of the store is whole, and opens. */
export const store: Check = {
  name: 'store',
  group: 'data',
  async run({ dataDir, openStore }) {
    const file = dataFileOf(dataDir);
    const hasKey = existsSync(join(dataDir, 'master.key'));
    if (fileState(file) !== 'filled') return [absent(dataDir, hasKey)];
    if (existsSync(join(dataDir, 'store.incomplete'))) {
      return [
        { verdict: 'warning', found: 'a first start was cut short', remedy: 'start the server: it goes on with it' },
      ];
    }
    if (!hasKey) {
      const remedy = 'restore the file from its backup; without it the credentials cannot be read';
      return [{ verdict: 'failure', found: `the master key ${join(dataDir, 'master.key')} is missing`, remedy }];
    }
    checkDataFileInUse(file);
    await using _store = await openStore();
    return [{ verdict: 'ok', found: `the structure of ${file} is whole, and it opens` }];
  },
};

function absent(dataDir: string, hasKey: boolean): Found {
  if (!hasKey) return { verdict: 'ok', found: `there is no store in ${dataDir} yet: the first start makes it` };
  return {
    verdict: 'failure',
    found: `there is no store in the data directory ${dataDir}, and the master key of one is there`,
    remedy: 'restore a backup, or start the server once with --new-store, to begin with nothing',
  };
}
