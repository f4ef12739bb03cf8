import { type Static, Type as t } from '@sinclair/typebox';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const dayNames: Readonly<Record<(typeof days)[number], string>> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};

const time = (description: string) =>
  t.String({
    pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$',
    description,
    form: 'a time of day from 00:00 to 23:59, such as 22:00',
  });

/** When an operation may start hosts. A window that ends before it begins runs over midnight, into the next day. */
export const Window = t.Object({
  days: t.Array(t.Union(days.map((day) => t.Literal(day, { description: dayNames[day] }))), {
    minItems: 1,
    description: 'On which days it begins',
    form: 'an array of at least one day: mon, tue, wed, thu, fri, sat or sun',
  }),
  from: time('When it opens, HH:MM'),
  to: time('When it closes, HH:MM; before `from` it is on the next day'),
  time_zone: t.String({
    minLength: 1,
    description: 'Time zone of its hours: an IANA name, such as Europe/Berlin',
    form: 'the name of a time zone, such as Europe/Berlin',
  }),
});
export type Window = Static<typeof Window>;

const minute = 60_000;
const minutesOfDay = 24 * 60;
/** A window recurs every week; one that falls into the skipped hour of summer time recurs a week later. */
const horizonMinutes = 15 * minutesOfDay;
/** No clock shift of summer time is larger. */
const mostShifted = 150;

export function isOpen(window: Window, at: Date): boolean {
  return opensAt(window, wallClock(formatterFor(window.time_zone), at));
}

/** The next minute in which the window is open. */
export function nextOpening(window: Window, after: Date): Date {
  // Creating a formatter takes longer than using it a hundred times.
  const formatter = formatterFor(window.time_zone);
  const start = Math.ceil(after.getTime() / minute) * minute;
  for (let passed = 0; passed < horizonMinutes; ) {
    const candidate = new Date(start + passed * minute);
    const wall = wallClock(formatter, candidate);
    if (opensAt(window, wall)) return candidate;
    // Near an opening each minute is checked: the clocks may shift before it.
    passed += Math.max(1, minutesToOpening(window, wall) - mostShifted);
  }
  // A window of no length never opens; check again then.
  return new Date(start + horizonMinutes * minute);
}

/** From a moment at which the window is closed, if no clock shift lies in between. */
function minutesToOpening({ days: named, from }: Window, { day, clock }: WallClock): number {
  const untilFrom = minutesIn(from) - minutesIn(clock);
  const offsets = Array.from({ length: 8 }, (_, offset) => offset);
  const next = offsets.find((offset) => {
    return named.some((name) => name === days[(day + offset) % 7]) && offset * minutesOfDay + untilFrom > 0;
  });
  return (next ?? 0) * minutesOfDay + untilFrom;
}

/** `HH:MM` as minutes after midnight. */
function minutesIn(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

function opensAt({ days: named, from, to }: Window, { day, clock }: WallClock): boolean {
  const on = (offset: number) => named.some((name) => name === days[(day + offset + 7) % 7]);
  if (from < to) return on(0) && from <= clock && clock < to;
  return (on(0) && clock >= from) || (on(-1) && clock < to);
}

/** Whether the runtime knows the time zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

interface WallClock {
  /** Monday is 0. */
  day: number;
  /** `HH:MM` */
  clock: string;
}

function wallClock(formatter: Intl.DateTimeFormat, at: Date): WallClock {
  const parts = formatter.formatToParts(at);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  const names: readonly string[] = days;
  return { day: names.indexOf(part('weekday').toLowerCase().slice(0, 3)), clock: `${part('hour')}:${part('minute')}` };
}

function formatterFor(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}
