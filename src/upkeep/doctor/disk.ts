import { statfsSync } from 'node:fs';
import { diskOf, neededFor } from '../../store/disk-space.ts';
import type { Check, Found } from './check.ts';
import { shownBytes } from './shown-bytes.ts';

/** Less than so many times the floor is worth a warning. */
const narrow = 4;
/** Part of the inodes that must be free. */
const leastInodes = 0.02;

export const disk: Check = {
  name: 'disk',
  group: 'machine',
  run({ dataDir, configuration }) {
    return [space(dataDir, configuration?.diskFloor), ...inodes(dataDir)];
  },
};

function space(directory: string, floor: number | undefined): Found {
  const { size, free } = diskOf(directory);
  const needed = neededFor('change', { size, free }, floor);
  const found = `${shownBytes(free)} of ${shownBytes(size)} are free in ${directory}, and changes need ${shownBytes(needed)}`;
  const remedy = `free space on that file system; the directories snapshots and backups in ${directory} hold copies`;
  if (free < needed) return { verdict: 'failure', about: 'space', found, remedy };
  if (size > 0 && free < narrow * needed) return { verdict: 'warning', about: 'space', found, remedy };
  return { verdict: 'ok', about: 'space', found };
}

/** Nothing for a file system without a number of inodes, such as btrfs. */
function inodes(directory: string): Found[] {
  const { files, ffree } = statfsSync(directory);
  if (files === 0) return [];
  const found = `${ffree} of ${files} inodes are free`;
  if (ffree > 100 && ffree >= leastInodes * files) return [{ verdict: 'ok', about: 'inodes', found }];
  return [{ verdict: ffree > 100 ? 'warning' : 'failure', about: 'inodes', found, remedy: 'remove files there' }];
}
