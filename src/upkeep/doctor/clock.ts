import type { Check, Found } from './check.ts';
import { outputOf } from './output-of.ts';

/** A record may be newer than the clock by so much: two calls do not come at one moment. */
const toleranceMs = 5_000;

/** Whether the calendar went back, and whether it is kept. */
export const clock: Check = {
  name: 'clock',
  group: 'machine',
  async run({ clock, newestRecordAt }, signal) {
    const now = clock.now().getTime();
    const newest = await newestRecordAt().catch(() => undefined);
    return [...(newest === undefined ? [] : [againstRecords(now, newest)]), ...(await synchronisation(signal))];
  },
};

function againstRecords(now: number, newest: number): Found {
  const about = 'records';
  if (newest <= now + toleranceMs) return { verdict: 'ok', about, found: `it is ${iso(now)}, after the newest record` };
  return {
    verdict: 'failure',
    about,
    found: `it is ${iso(now)}, and the newest record is of ${iso(newest)}: the time went back`,
    remedy: 'set the clock; until it has passed that time, new records have earlier times than older ones',
  };
}

/** Nothing where no service reports it, as in a container. */
async function synchronisation(signal: AbortSignal): Promise<Found[]> {
  const state = await outputOf(['timedatectl', 'show', '--property=NTPSynchronized', '--value'], signal);
  if (state?.trim() === 'yes') return [{ verdict: 'ok', about: 'NTP', found: 'it is synchronised' }];
  if (state?.trim() !== 'no') return [];
  const remedy = 'run: timedatectl set-ntp true; or see that chrony or ntpd reaches its servers';
  return [{ verdict: 'warning', about: 'NTP', found: 'it is not synchronised', remedy }];
}

function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
