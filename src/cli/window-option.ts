import { UsageError } from './usage-error.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export interface WindowMember {
  days: string[];
  from: string;
  to: string;
  time_zone: string;
}

/** `mon-fri 22:00-04:00 Europe/Berlin` as the member of a strategy; `daily` is every day. @throws UsageError */
export function windowOf(text: string): WindowMember {
  const [, names = '', from = '', to = '', time_zone = ''] = form.exec(text.trim()) ?? [];
  const named = names === 'daily' ? days : names.split(',').flatMap(daysOf);
  if (time_zone !== '' && named.length > 0) return { days: [...new Set(named)], from, to, time_zone };
  throw new UsageError(`--window: "${text}" is not a window`, {
    hint: "write it like 'mon-fri 22:00-04:00 Europe/Berlin', 'sat,sun 01:00-05:00 UTC' or 'daily 01:00-05:00 UTC'",
  });
}

const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]';
const form = new RegExp(`^([a-z,-]+) +(${clock})-(${clock}) +(\\S+)$`);

/** `fri-mon` includes the weekend. */
function daysOf(range: string): string[] {
  const [first = '', last = first] = range.split('-');
  const begin = days.indexOf(first);
  const end = days.indexOf(last);
  if (begin === -1 || end === -1) return [];
  const twice = [...days, ...days];
  return twice.slice(begin, (end < begin ? end + days.length : end) + 1);
}
