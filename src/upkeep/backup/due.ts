import type { BackupSchedule } from '../../config/backups.ts';
import { dayMs } from '../../lib/clock.ts';

/**
 * When the next backup is due, in milliseconds since the epoch. A backup that was missed is due in the past.
 *
 * @param last when the last one was made; undefined when there never was one, which is due at once
 */
export function dueAfter(schedule: BackupSchedule, last: number | undefined): number {
  if (last === undefined) return 0;
  if (schedule.kind === 'interval') return last + schedule.seconds * 1000;
  const sameDay = Math.floor(last / dayMs) * dayMs + schedule.minutes * 60_000;
  return sameDay > last ? sameDay : sameDay + dayMs;
}
