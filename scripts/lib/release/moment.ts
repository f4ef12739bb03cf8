import { ran } from './ran.ts';
import { root } from './root.ts';

/**
 * The moment that all files of a release bear, so that it can be made again: `$SOURCE_DATE_EPOCH`, a number of seconds
 * (https://reproducible-builds.org/specs/source-date-epoch/), or the last commit.
 */
export async function releaseMoment(): Promise<Date> {
  const given = process.env.SOURCE_DATE_EPOCH;
  const seconds = given ?? (await ran('git', ['-C', root, 'log', '-1', '--format=%ct'])).trim();
  if (!/^\d{1,11}$/.test(seconds))
    throw new Error(`SOURCE_DATE_EPOCH must be a number of seconds, and is "${seconds}"`);
  return new Date(Number(seconds) * 1000);
}

/** In seconds. */
export function epochOf(moment: Date): string {
  return String(Math.floor(moment.getTime() / 1000));
}
