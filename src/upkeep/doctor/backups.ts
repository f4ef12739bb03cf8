import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dayMs } from '../../lib/clock.ts';
import type { Check } from './check.ts';

/** The age of the newest file in the directory `backups` of the data directory, if there is one. */
export const backups: Check = {
  name: 'backups',
  group: 'data',
  run({ dataDir, clock }) {
    const directory = join(dataDir, 'backups');
    const files = statSync(directory, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(directory) : [];
    const times = files.map((name) => statSync(join(directory, name)).mtimeMs);
    if (times.length === 0) return [];
    const days = Math.floor((clock.now().getTime() - Math.max(...times)) / dayMs);
    const found = `the newest of ${times.length} backups in ${directory} is ${days} days old`;
    return [
      days <= 7
        ? { verdict: 'ok', found }
        : { verdict: 'warning', found, remedy: 'make a backup now, and find out why none was made' },
    ];
  },
};
