import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupSchedule } from '../../config/backups.ts';
import { dayMs } from '../../lib/clock.ts';
import { dataFileOf } from '../../store/store-file.ts';
import { backupStatusRecords, type StoredBackupStatus } from '../backup/status.ts';
import type { Check, Found, Site } from './check.ts';

/**
 * The age of the newest backup against the schedule, or a week without one, and whether the last attempts to make one and
 * to copy it succeeded.
 */
export const backups: Check = {
  name: 'backups',
  group: 'data',
  async run(site) {
    const status = await statusIn(site);
    return [...ageOf(site), ...(status === undefined ? [] : failuresIn(status))];
  },
};

function ageOf({ dataDir, configuration, clock }: Site): Found[] {
  const directory = configuration?.backup.directory ?? join(dataDir, 'backups');
  const schedule = configuration?.backup.schedule;
  const files = statSync(directory, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(directory) : [];
  const times = files.flatMap((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? []);
  if (times.length === 0) {
    if (schedule === undefined) return [];
    const remedy = 'start the server, which makes one soon after its start; or make one now: commissaire backup';
    return [{ verdict: 'warning', found: `backups are scheduled, and there is none in ${directory}`, remedy }];
  }
  const age = clock.now().getTime() - Math.max(...times);
  const found = `the newest of ${times.length} backups in ${directory} is ${Math.floor(age / dayMs)} days old`;
  if (age <= oldestFor(schedule)) return [{ verdict: 'ok', found }];
  return [{ verdict: 'warning', found, remedy: 'make a backup now, and find out why none was made' }];
}

/** How old the newest backup may be, in milliseconds: one may be missing. */
function oldestFor(schedule: BackupSchedule | undefined): number {
  if (schedule === undefined) return 7 * dayMs;
  return 2 * (schedule.kind === 'interval' ? schedule.seconds * 1000 : dayMs);
}

async function statusIn({ dataDir, openStore }: Site): Promise<StoredBackupStatus | undefined> {
  if (!existsSync(dataFileOf(dataDir))) return undefined;
  await using store = await openStore();
  return (await store.get(backupStatusRecords, 'last'))?.value;
}

function failuresIn({ failures, reason, targets }: StoredBackupStatus): Found[] {
  const remedy = 'mend that; the server tries again by itself, and `commctl backup schedule` shows when';
  const made: Found[] =
    failures === 0 ? [] : [{ verdict: 'warning', found: `the last attempt to make one failed: ${reason}`, remedy }];
  const copied = targets
    .filter((target) => target.failures > 0)
    .map((target): Found => {
      return { verdict: 'warning', about: target.name, found: `the last copy failed: ${target.reason}`, remedy };
    });
  return [...made, ...copied];
}
